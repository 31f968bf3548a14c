using IoTStream.Connectors;

namespace IoTStream.Reactive;

/// <summary>Observers, such as subjects, as sinks. See docs/reactive.md.</summary>
public static class ObserverSink
{
    /// <summary>
    /// Gives records to an observer, one at a time and in the order in which they come. The observer is called on the job's lane, which it holds back as long as it takes: it must not block, and
    /// work that takes long belongs behind an <c>ObserveOn</c>. Whatever it throws ends the job with it as the cause.
    /// </summary>
    /// <param name="observer">The observer, for example a <c>Subject&lt;T&gt;</c>.</param>
    /// <param name="complete">
    /// Whether the observer is told of the end: <c>OnCompleted</c> with the stream's, and <c>OnError</c> with an <see cref="IncompleteStreamException"/> if the job fails or is cancelled. False tells it
    /// nothing, for one that outlives the job, as with a job that is restarted, or has other observables.
    /// </param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static ISink<T> To<T>(IObserver<T> observer, bool complete = true)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return new Sink<T>(observer, complete);
    }

    private sealed class Sink<T>(IObserver<T> observer, bool complete) : ISink<T>
    {
        public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer<T>(observer, complete, context));
    }

    private sealed class Writer<T>(IObserver<T> observer, bool complete, SinkContext context) : ISinkWriter<T>
    {
        private bool _isTold = !complete;

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            foreach (T record in batch.Values.Span)
            {
                observer.OnNext(record);
            }

            return default;
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken)
        {
            if (!_isTold)
            {
                _isTold = true;
                observer.OnCompleted();
            }

            return default;
        }

        public ValueTask DisposeAsync()
        {
            if (!_isTold)
            {
                _isTold = true;
                observer.OnError(new IncompleteStreamException(context));
            }

            return default;
        }
    }
}
