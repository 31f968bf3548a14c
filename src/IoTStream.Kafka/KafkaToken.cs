namespace IoTStream.Kafka;

/// <summary>A token by which a client proves who it is (RFC 7628).</summary>
/// <param name="Value">The token as the brokers are given it.</param>
/// <param name="Expires">When it is no longer valid. A new one is asked for when four fifths of the time until then have passed.</param>
/// <param name="Principal">Whom it stands for.</param>
/// <remarks>Its text does not tell the value.</remarks>
public sealed record KafkaToken(string Value, DateTimeOffset Expires, string Principal)
{
    /// <summary>What else the brokers are told with the token: pairs of names and values; default nothing.</summary>
    public IReadOnlyDictionary<string, string> Extensions { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"token of {Principal}, valid until {Expires:O}";
}
