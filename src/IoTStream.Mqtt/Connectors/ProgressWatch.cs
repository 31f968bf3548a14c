namespace IoTStream.Mqtt.Connectors;

/// <summary>Cancels a wait when what is waited for makes no progress for a time.</summary>
internal sealed class ProgressWatch : IDisposable
{
    private const int Looks = 4;

    private readonly CancellationTokenSource _stalled;
    private readonly ITimer _timer;
    private readonly Func<long> _progress;
    private long _seen;
    private int _silent;

    /// <param name="progress">A number that changes with each progress.</param>
    /// <param name="after">The time, met to a quarter.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Ends the wait, too.</param>
    public ProgressWatch(Func<long> progress, TimeSpan after, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        _stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _progress = progress;
        _seen = progress();
        Stalled = _stalled.Token;
        _timer = timeProvider.CreateTimer(static watch => ((ProgressWatch)watch!).Look(), this, after / Looks, after / Looks);
    }

    public CancellationToken Stalled { get; }

    public void Dispose()
    {
        _timer.Dispose();
        _stalled.Dispose();
    }

    private void Look()
    {
        long now = _progress();
        _silent = now == _seen ? _silent + 1 : 0;
        _seen = now;
        if (_silent >= Looks)
        {
            try
            {
                _stalled.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The wait has just ended.
            }
        }
    }
}
