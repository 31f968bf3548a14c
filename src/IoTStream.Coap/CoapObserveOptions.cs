namespace IoTStream.Coap;

/// <summary>How a source asks devices.</summary>
/// <remarks>Immutable; thread-safe as far as <see cref="OnFailure"/> is.</remarks>
public sealed record CoapObserveOptions
{
    /// <summary>The most records that wait for the pipeline, at least 1; default 4,096. When they are there, a device's newest states wait, and older ones are left out.</summary>
    public int Capacity { get; init; } = 4096;

    /// <summary>What the answers are wanted as; by default nothing is said.</summary>
    public CoapContentFormat? Accept { get; init; }

    /// <summary>Whether the requests are confirmable; default true.</summary>
    public bool IsConfirmable { get; init; } = true;

    /// <summary>How many devices are polled at the same time, at least 1; default 256. Observations have no such limit, as they wait for the devices.</summary>
    public int MaximumInFlight { get; init; } = 256;

    /// <summary>After what time a device that could not be reached is asked again; default 2 s, then twice that, and so on up to <see cref="RetryAtMost"/>, at random half as much more or less.</summary>
    public TimeSpan RetryAtFirst { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest time after which a device that could not be reached is asked again; default five minutes.</summary>
    public TimeSpan RetryAtMost { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Called with the resource when it could not be reached, or answered with an error; it is asked again in any case. Must not block; by default nothing is called.</summary>
    public Action<Uri, CoapException>? OnFailure { get; init; }

    internal void Validate()
    {
        OptionCheck.That(Capacity >= 1, nameof(Capacity), "has to be at least 1");
        OptionCheck.That(MaximumInFlight >= 1, nameof(MaximumInFlight), "has to be at least 1");
        OptionCheck.That(RetryAtFirst > TimeSpan.Zero, nameof(RetryAtFirst), "has to be more than zero");
        OptionCheck.That(RetryAtMost >= RetryAtFirst && RetryAtMost <= TimeSpan.FromDays(1), nameof(RetryAtMost), $"has to be from {nameof(RetryAtFirst)} to a day");
    }
}
