namespace IoTStream.Formats;

/// <summary>
/// A measurement of a SenML pack, resolved: it says everything about itself, and its time is a moment (RFC 8428, section 4.6). It has at most one of <see cref="Value"/>, <see cref="Text"/>,
/// <see cref="Flag"/> and <see cref="Data"/>, and one of these or <see cref="Sum"/> at least.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record SenMlRecord
{
    /// <summary>The name of what was measured, for the whole world or the application: letters, digits and <c>- : . / _</c>, the first one a letter or a digit.</summary>
    public required string Name { get; init; }

    /// <summary>When it was measured.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The unit, such as <c>Cel</c> or <c>%RH</c> (RFC 8428, section 12.1); null if it has none.</summary>
    public string? Unit { get; init; }

    /// <summary>A number; null if none was measured.</summary>
    public double? Value { get; init; }

    /// <summary>A text; null if none was measured.</summary>
    public string? Text { get; init; }

    /// <summary>True or false; null if neither was measured.</summary>
    public bool? Flag { get; init; }

    /// <summary>Bytes; null if none were measured.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>The value integrated over time, such as energy for power; null if there is none.</summary>
    public double? Sum { get; init; }

    /// <summary>Within what time there will be a reading of the same name again; null if that is not said.</summary>
    public TimeSpan? UpdateTime { get; init; }
}
