namespace IoTStream.Testing;

/// <summary>Calls that wait until they are let through, the one that came first before the others.</summary>
internal sealed class WaitingCalls
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count(static call => !call.Task.IsCompleted);
            }
        }
    }

    /// <summary>Waits until it is let through; what follows runs on the thread that does so.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var waiting = new TaskCompletionSource();
        lock (_lock)
        {
            _waiting.Enqueue(waiting);
        }

        cancellationToken.UnsafeRegister(static (waiting, token) => ((TaskCompletionSource)waiting!).TrySetCanceled(token), waiting);
        return waiting.Task;
    }

    /// <summary>Lets the call through that has waited longest.</summary>
    /// <returns>Whether there was one.</returns>
    public bool LetOneThrough()
    {
        using var context = NoContext.Enter();
        while (TryDequeue(out TaskCompletionSource? waiting))
        {
            if (waiting!.TrySetResult())
            {
                return true;
            }
        }

        return false;
    }

    private bool TryDequeue(out TaskCompletionSource? waiting)
    {
        lock (_lock)
        {
            return _waiting.TryDequeue(out waiting);
        }
    }
}
