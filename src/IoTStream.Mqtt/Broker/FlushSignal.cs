using System.Threading.Tasks.Sources;

namespace IoTStream.Mqtt.Broker;

/// <summary>Wakes the one task that sends for a connection, without allocating.</summary>
/// <remarks>
/// The task is woken through the thread pool's global queue: under load it runs behind whoever else is ready to add to the same buffer,
/// so that one send takes it all; without load it runs at once.
/// </remarks>
internal sealed class FlushSignal : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Raised = 2;
    private ManualResetValueTaskSourceCore<bool> _source;
    private int _state;

    /// <summary>Completes when the signal has been raised since the last time. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return new ValueTask(this, _source.Version);
        }

        Volatile.Write(ref _state, Idle);
        return default;
    }

    /// <summary>Raises the signal. Thread-safe.</summary>
    public void Raise()
    {
        while (true)
        {
            int state = Volatile.Read(ref _state);
            if (state == Raised)
            {
                return;
            }

            int next = state == Waiting ? Idle : Raised;
            if (Interlocked.CompareExchange(ref _state, next, state) == state)
            {
                if (state == Waiting)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                }

                return;
            }
        }
    }

    void IThreadPoolWorkItem.Execute() => _source.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
