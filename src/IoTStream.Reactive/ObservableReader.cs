using System.Reactive.Disposables;
using System.Runtime.ExceptionServices;
using IoTStream.Connectors;

namespace IoTStream.Reactive;

/// <summary>Keeps what an observable gives until the job's lane comes for it.</summary>
internal sealed class ObservableReader<T>(SourceContext context, Overflow overflow, int capacity) : ISourceReader<T>, IDrainable
{
    private readonly object _gate = new();
    private readonly Queue<(T Value, DateTimeOffset? Timestamp)> _values = new();
    private readonly SingleAssignmentDisposable _subscription = new();
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _dropped;
    private bool _readerWaits;
    private bool _isClosed;
    private Exception? _error;

    public IReadOnlyList<SourcePartition> Partitions { get; } = [new(context.Step, 0, context.Step)];

    /// <summary>Subscribes, so that no value is missed from then on.</summary>
    public async Task SubscribeAsync(Func<ObservableReader<T>, IDisposable> subscribe, CancellationToken cancellationToken)
    {
        if (overflow != Overflow.Wait)
        {
            _subscription.Disposable = subscribe(this);
            return;
        }

        // An observable that gives everything at once, while it is being subscribed to, would wait for a lane that has not started yet.
        Task subscribing = Task.Run(() => _subscription.Disposable = subscribe(this), cancellationToken);
        await (await Task.WhenAny(subscribing, _waits.Task).ConfigureAwait(false)).ConfigureAwait(false);
        _ = subscribing.ContinueWith(
            static (failed, reader) => ((ObservableReader<T>)reader!).Fail(failed.Exception!.InnerException!),
            this,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
    }

    public void Add(T value, DateTimeOffset? timestamp)
    {
        bool wake;
        lock (_gate)
        {
            if (!MakeRoom())
            {
                return;
            }

            _values.Enqueue((value, timestamp));
            wake = _readerWaits;
            _readerWaits = false;
        }

        if (wake)
        {
            context.NotifyAvailable();
        }
    }

    public void Complete() => Close(error: null);

    public void Fail(Exception error) => Close(error);

    public ReadStatus Read(SourceBatch<T> batch)
    {
        lock (_gate)
        {
            batch.AddDropped(_dropped);
            _dropped = 0;
            if (_values.Count == 0)
            {
                _readerWaits = true;
                return _isClosed ? End() : ReadStatus.Drained;
            }

            while (batch.Free > 0 && _values.TryDequeue(out (T Value, DateTimeOffset? Timestamp) next))
            {
                if (next.Timestamp is { } timestamp)
                {
                    batch.Add(next.Value, timestamp);
                }
                else
                {
                    batch.Add(next.Value);
                }
            }

            Monitor.PulseAll(_gate);
            return ReadStatus.More;
        }
    }

    public void BeginDrain()
    {
        Close(error: null);
        _subscription.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        BeginDrain();
        return default;
    }

    /// <returns>Whether there is room for a value that is to be kept.</returns>
    private bool MakeRoom()
    {
        while (!_isClosed && _values.Count >= capacity)
        {
            switch (overflow)
            {
                case Overflow.DropNewest:
                    _dropped++;
                    return false;
                case Overflow.DropOldest:
                    _values.Dequeue();
                    _dropped++;
                    break;
                case Overflow.Wait:
                    _waits.TrySetResult();
                    Monitor.Wait(_gate);
                    break;
                default:
                    Close(new InvalidOperationException(
                        $"The observable of source '{context.Step}' gave more than the {capacity} values that wait for the job at most. "
                        + "Give it a greater capacity, or say what is to be done with the others: drop some of them, or let the observable wait."));
                    break;
            }
        }

        return !_isClosed;
    }

    /// <summary>Nothing more comes. What is there is still handed out, and then the error is thrown, if there is one.</summary>
    private void Close(Exception? error)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            _error = error;
            Monitor.PulseAll(_gate);
        }

        context.NotifyAvailable();
    }

    private ReadStatus End()
    {
        if (_error is not null)
        {
            // Keeps the stack of where the observable failed, which a plain throw would replace by this one.
            ExceptionDispatchInfo.Throw(_error);
        }

        return ReadStatus.Ended;
    }
}
