namespace IoTStream.Connectors;

/// <summary>
/// One ordered part of a source (a file, a Kafka partition, an MQTT subscription). Watermarks are kept per partition,
/// so that a partition which lags holds event time back and one which is silent can be left out.
/// </summary>
/// <remarks>Immutable and thread-safe. Two partitions are the same only if they are the same object.</remarks>
public sealed class SourcePartition
{
    /// <summary>Describes a partition.</summary>
    /// <param name="source">The name of the source step, as <see cref="SourceContext.Step"/> gives it.</param>
    /// <param name="index">The number of the partition in its source, from 0.</param>
    /// <param name="name">What a person would call it: a path, a topic and partition number.</param>
    /// <exception cref="ArgumentException">A name is null or empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public SourcePartition(string source, int index, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentException.ThrowIfNullOrEmpty(name);
        Source = source;
        Index = index;
        Name = name;
        Origin = new RecordOrigin(this, RecordHeaders.Empty);
    }

    /// <summary>The name of the source step.</summary>
    public string Source { get; }

    /// <summary>The number of the partition in its source, from 0.</summary>
    public int Index { get; }

    /// <summary>
    /// Whether event time waits for the first record of the partition, which is the default. One of a reader that finds its partitions out as it reads may not be there at all.
    /// </summary>
    public bool IsAwaited { get; init; } = true;

    /// <summary>What a person would call the partition.</summary>
    public string Name { get; }

    /// <summary>The origin of the partition's records that carry no headers: one object for all of them.</summary>
    internal RecordOrigin Origin { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Source}[{Index}] {Name}";
}
