namespace IoTStream.Storage.PostgreSql;

/// <summary>Which columns rows are written for.</summary>
/// <param name="Names">The names.</param>
/// <param name="Types">The types that they are written for in the binary format; null for text, which fits all types.</param>
internal sealed record CopiedColumns(string[] Names, uint[]? Types)
{
    public bool Equals(CopiedColumns? other) =>
        other is not null && Names.AsSpan().SequenceEqual(other.Names) && (Types is null) == (other.Types is null) && Types.AsSpan().SequenceEqual(other.Types);

    public override int GetHashCode() => HashCode.Combine(Names.Length, Types is null);
}
