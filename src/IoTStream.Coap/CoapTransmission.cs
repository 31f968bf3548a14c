namespace IoTStream.Coap;

/// <summary>How messages are repeated until they are acknowledged, and how long they are remembered (RFC 7252, section 4.8).</summary>
/// <remarks>Immutable and thread-safe. Both ends should have the same values; the defaults are those of the specification, and what devices have.</remarks>
public sealed record CoapTransmission
{
    /// <summary>How long the first acknowledgement is waited for, at least; default 2 s.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>By what factor it is waited for longer, at most, at random, so that devices do not repeat all at once; at least 1; default 1.5.</summary>
    public double AckRandomFactor { get; init; } = 1.5;

    /// <summary>How often a message is repeated, each time after twice the time; 0 to 20; default 4.</summary>
    public int MaxRetransmit { get; init; } = 4;

    /// <summary>How many confirmable messages, and of a client's requests without confirmation those that were sent less than about <see cref="AckTimeout"/> ago and are not answered yet, are on their way to one peer at a time; at least 1; default 1. More need a network that is known to bear it.</summary>
    public int NStart { get; init; } = 1;

    /// <summary>
    /// How many bytes a second a client sends a peer, on average, that does not answer requests without confirmation; at least 0.001; default 1, so that one of 60 bytes goes in a minute. It counts from the last such
    /// request until something is heard from the peer; what is held back goes then. <see cref="double.PositiveInfinity"/> has all of them sent at once, and not counted in <see cref="NStart"/>. What is confirmable is
    /// held back by its own repetition.
    /// </summary>
    public double ProbingRate { get; init; } = 1;

    /// <summary>Over what time the answers to a multicast request are spread; default 5 s.</summary>
    public TimeSpan Leisure { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a datagram can be on its way; default 100 s.</summary>
    public TimeSpan MaxLatency { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>The longest time from the first transmission of a message to its last repetition; 45 s by default.</summary>
    public TimeSpan MaxTransmitSpan => AckTimeout * (((1L << MaxRetransmit) - 1) * AckRandomFactor);

    /// <summary>The longest time from the first transmission of a message until it is given up; 93 s by default.</summary>
    public TimeSpan MaxTransmitWait => AckTimeout * (((1L << (MaxRetransmit + 1)) - 1) * AckRandomFactor);

    /// <summary>How long a message is remembered, so that what is a repetition is known as such; 247 s by default.</summary>
    public TimeSpan ExchangeLifetime => MaxTransmitSpan + (MaxLatency * 2) + AckTimeout;

    /// <summary>After what time without an outcome a request is acknowledged for itself, and answered later: three quarters of <see cref="AckTimeout"/>, so that the acknowledgement arrives before it is missed.</summary>
    internal TimeSpan AcknowledgeAfter => AckTimeout * 0.75;

    internal void Validate()
    {
        OptionCheck.That(AckTimeout > TimeSpan.Zero && AckTimeout <= TimeSpan.FromHours(1), nameof(AckTimeout), "has to be more than zero and at most an hour");
        OptionCheck.That(AckRandomFactor is >= 1 and <= 10, nameof(AckRandomFactor), "has to be from 1 to 10");
        OptionCheck.That(MaxRetransmit is >= 0 and <= 20, nameof(MaxRetransmit), "has to be from 0 to 20");
        OptionCheck.That(NStart >= 1, nameof(NStart), "has to be at least 1");
        OptionCheck.That(ProbingRate >= 0.001, nameof(ProbingRate), "has to be at least 0.001 bytes a second");
        OptionCheck.That(Leisure >= TimeSpan.Zero && Leisure <= TimeSpan.FromHours(1), nameof(Leisure), "has to be from zero to an hour");
        OptionCheck.That(MaxLatency > TimeSpan.Zero && MaxLatency <= TimeSpan.FromHours(1), nameof(MaxLatency), "has to be more than zero and at most an hour");
    }
}
