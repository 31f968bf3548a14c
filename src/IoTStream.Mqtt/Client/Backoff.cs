namespace IoTStream.Mqtt.Client;

/// <summary>Delays with a ceiling that doubles, each drawn evenly from zero to its ceiling ("full jitter").</summary>
internal sealed class Backoff(MqttReconnectOptions options)
{
    private int _failures;

    /// <summary>Attempts that have failed in a row.</summary>
    public int Failures => _failures;

    public TimeSpan Ceiling
    {
        get
        {
            double milliseconds = options.FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Max(0, _failures - 1));
            return milliseconds < options.LongestDelay.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : options.LongestDelay;
        }
    }

    /// <summary>Counts a failure and says how long to wait.</summary>
    public TimeSpan Next()
    {
        _failures++;
        return Ceiling * Random.Shared.NextDouble();
    }

    public void Reset() => _failures = 0;
}
