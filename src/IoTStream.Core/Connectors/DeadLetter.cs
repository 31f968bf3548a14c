namespace IoTStream.Connectors;

/// <summary>
/// What a pipeline could not process and has put aside: the input, the reason and where it came from. A topology has one stream of
/// them, <c>TopologyBuilder.DeadLetters</c>.
/// </summary>
/// <remarks>Immutable; thread-safe as far as <see cref="Element"/> is.</remarks>
public sealed record DeadLetter
{
    /// <summary>The name of the step that failed.</summary>
    public required string Step { get; init; }

    /// <summary>The partition that the input came from.</summary>
    public required SourcePartition Partition { get; init; }

    /// <summary>Why it failed.</summary>
    public required Exception Reason { get; init; }

    /// <summary>The element that the step was given; null if a payload could not be decoded into one.</summary>
    public object? Element { get; init; }

    /// <summary>The bytes that could not be decoded; empty if they had been.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The timestamp of the element, or the processing time at which the payload was read.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>The headers that the input carried.</summary>
    public RecordHeaders Headers { get; init; } = RecordHeaders.Empty;
}
