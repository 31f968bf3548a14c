namespace IoTStream.Mqtt.Client;

/// <summary>Sends a ping when one side has been silent, and notices when even that is not answered (MQTT 5.0, section 3.1.2.10).</summary>
/// <remarks>
/// Looks twice an interval. Silence of this side alone makes it ping, so that the server stays content; silence of the server too, so that a
/// dead connection is noticed while messages still go into its send buffer. Thread-safe.
/// </remarks>
internal sealed class KeepAlive : IDisposable
{
    private readonly Outbox _outbox;
    private readonly Action _lost;
    private readonly ITimer? _timer;
    private volatile bool _sent = true;
    private volatile bool _received = true;
    private volatile bool _suspended;
    private bool _pinged;

    public KeepAlive(TimeSpan interval, TimeProvider timeProvider, Outbox outbox, Action lost)
    {
        _outbox = outbox;
        _lost = lost;
        if (interval > TimeSpan.Zero)
        {
            _timer = timeProvider.CreateTimer(
                static state => ((KeepAlive)state!).Look(), this, interval / 2, interval / 2);
        }
    }

    /// <summary>Whether nothing is read at present because a handler is slow: then silence says nothing about the server.</summary>
    public bool Suspended
    {
        set => _suspended = value;
    }

    public void Sent() => _sent = true;

    public void Received() => _received = true;

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        if (_received || _suspended)
        {
            _pinged = false;
        }
        else if (_pinged)
        {
            _lost();
            return;
        }

        if (!_sent || !_received)
        {
            _outbox.WritePing();
            _pinged = true;
        }

        _sent = false;
        _received = false;
    }
}
