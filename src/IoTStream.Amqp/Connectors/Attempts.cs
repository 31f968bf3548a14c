namespace IoTStream.Amqp.Connectors;

/// <summary>Counts attempts to connect that failed in a row, and says how long to wait before the next: a time drawn evenly from zero to a ceiling that doubles. Not thread-safe.</summary>
internal sealed class Attempts(AmqpReconnect options, TimeProvider timeProvider)
{
    private int _delays;
    private int _failures;
    private int _refusals;
    private long _connectedAt;

    private TimeSpan Ceiling
    {
        get
        {
            double milliseconds = options.FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Max(0, _delays - 1));
            return milliseconds < options.LongestDelay.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : options.LongestDelay;
        }
    }

    /// <summary>An attempt has failed.</summary>
    /// <returns>With what to give up, if that is due; else null.</returns>
    public Exception? Fail(Exception failure, AmqpServer server)
    {
        _failures++;
        if (Refusal.In(failure, server) is { } refusal)
        {
            return ++_refusals >= options.MaximumRefusals ? refusal : null;
        }

        _refusals = 0;
        return _failures >= options.MaximumAttempts ? new IOException($"{server} could not be reached in {_failures} attempts: {failure.GetBaseException().Message}", failure) : null;
    }

    /// <summary>An attempt has succeeded.</summary>
    public void Succeed()
    {
        _failures = 0;
        _refusals = 0;
        _connectedAt = timeProvider.GetTimestamp();
    }

    /// <summary>A connection was lost. One that lived longer than the delays were sets these back.</summary>
    public void Lose()
    {
        if (timeProvider.GetElapsedTime(_connectedAt) > Ceiling)
        {
            _delays = 0;
        }
    }

    public Task PauseAsync(CancellationToken cancellationToken)
    {
        _delays++;
        return Task.Delay(Ceiling * Random.Shared.NextDouble(), timeProvider, cancellationToken);
    }
}
