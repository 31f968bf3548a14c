using System.Reactive;
using IoTStream.Connectors;

namespace IoTStream.Reactive;

/// <summary>Observables as sources. See docs/reactive.md.</summary>
/// <remarks>
/// A job subscribes when it starts, and disposes the subscription when it stops or ends. The source ends when the observable completes; an error of the observable fails the job with it as the cause.
/// Values that an earlier life of the job had taken do not come again: with an epoch log, those since the last epoch are lost to a job that was killed.
/// </remarks>
public static class ObservableSource
{
    /// <summary>How many values the buffer holds by default.</summary>
    public const int DefaultCapacity = 4096;

    /// <summary>Reads an observable.</summary>
    /// <param name="observable">The observable. It is subscribed to once for each run of a job; it may call on any thread, one call at a time.</param>
    /// <param name="overflow">What happens to values for which there is no room.</param>
    /// <param name="capacity">The most values that wait for the job, at least 1.</param>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is less than 1, or there is no such way to deal with overflow.</exception>
    public static ISource<T> From<T>(IObservable<T> observable, Overflow overflow, int capacity = DefaultCapacity)
    {
        ArgumentNullException.ThrowIfNull(observable);
        Check(overflow, capacity);
        return new Of<T>(overflow, capacity, reader => observable.Subscribe(value => reader.Add(value, timestamp: null), reader.Fail, reader.Complete));
    }

    /// <summary>Reads an observable whose values bear timestamps, which <c>WithEventTime</c> without a selector takes as event time.</summary>
    /// <param name="observable">The observable, as made by <c>Timestamp()</c>.</param>
    /// <param name="overflow">What happens to values for which there is no room.</param>
    /// <param name="capacity">The most values that wait for the job, at least 1.</param>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is less than 1, or there is no such way to deal with overflow.</exception>
    public static ISource<T> From<T>(IObservable<Timestamped<T>> observable, Overflow overflow, int capacity = DefaultCapacity)
    {
        ArgumentNullException.ThrowIfNull(observable);
        Check(overflow, capacity);
        return new Of<T>(overflow, capacity, reader => observable.Subscribe(value => reader.Add(value.Value, value.Timestamp), reader.Fail, reader.Complete));
    }

    private static void Check(Overflow overflow, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        if (!Enum.IsDefined(overflow))
        {
            throw new ArgumentOutOfRangeException(nameof(overflow), overflow, "There is no such way to deal with overflow.");
        }
    }

    private sealed class Of<T>(Overflow overflow, int capacity, Func<ObservableReader<T>, IDisposable> subscribe) : ISource<T>
    {
        public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
        {
            var reader = new ObservableReader<T>(context, overflow, capacity);
            await reader.SubscribeAsync(subscribe, cancellationToken).ConfigureAwait(false);
            return [reader];
        }
    }
}
