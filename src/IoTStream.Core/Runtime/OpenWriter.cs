using IoTStream.Connectors;

namespace IoTStream.Runtime;

/// <summary>A sink's writer while the job has it: closing waits for the call that is under way, as its contract has one call at a time.</summary>
internal sealed class OpenWriter<T>(ISinkWriter<T> writer) : IAsyncDisposable
{
    private Task? _pending;

    public ISinkWriter<T> Writer { get; } = writer;

    /// <summary>The call that is under way, if it did not finish at once.</summary>
    public Task? Pending
    {
        get => Volatile.Read(ref _pending);
        set => Volatile.Write(ref _pending, value);
    }

    public async ValueTask DisposeAsync()
    {
        if (Pending is { } pending)
        {
            await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Writer.DisposeAsync().ConfigureAwait(false);
    }
}
