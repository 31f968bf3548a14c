namespace IoTStream.Runtime;

/// <summary>Whether and how a job has been asked to stop. Set once, by anyone; read by the lanes.</summary>
internal sealed class StopRequest
{
    private volatile bool _requested;

    public bool IsRequested => _requested;

    /// <summary>Meaningful once <see cref="IsRequested"/>.</summary>
    public bool ClosesWindows { get; private set; }

    public void Set(StopMode mode)
    {
        ClosesWindows = mode == StopMode.CloseWindows;
        _requested = true;
    }
}
