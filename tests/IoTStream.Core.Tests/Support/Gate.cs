namespace IoTStream.Core.Tests.Support;

/// <summary>Makes some calls wait until they are let through.</summary>
internal sealed class Gate(Random random)
{
    private readonly Queue<TaskCompletionSource> _waiting = new();

    public ValueTask PassAsync(string call)
    {
        if (call is "open" or "dispose" || random.Next(3) > 0)
        {
            return default;
        }

        var waiting = new TaskCompletionSource();
        _waiting.Enqueue(waiting);
        return new(waiting.Task);
    }

    /// <summary>Lets the call through that has waited longest.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Open()
    {
        if (!_waiting.TryDequeue(out TaskCompletionSource? waiting))
        {
            return false;
        }

        waiting.SetResult();
        return true;
    }
}
