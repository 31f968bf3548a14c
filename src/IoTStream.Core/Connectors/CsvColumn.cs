namespace IoTStream.Connectors;

/// <summary>A column of a CSV file, by its name in the header or by its index. Both convert to it by themselves.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public readonly record struct CsvColumn
{
    private CsvColumn(string? name, int index)
    {
        Name = name;
        Index = index;
    }

    /// <summary>The name, compared exactly, case included; null if the column is given by its index.</summary>
    public string? Name { get; }

    /// <summary>The index from 0; 0 if the column is given by its name.</summary>
    public int Index { get; }

    /// <summary>The column of a name.</summary>
    /// <param name="name">The name in the header.</param>
    public static implicit operator CsvColumn(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(name, 0);
    }

    /// <summary>The column of an index.</summary>
    /// <param name="index">The index, from 0.</param>
    public static implicit operator CsvColumn(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new(null, index);
    }

    /// <inheritdoc/>
    public override string ToString() => Name is null ? $"column {Index}" : $"column '{Name}'";
}
