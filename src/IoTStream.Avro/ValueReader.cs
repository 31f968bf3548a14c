namespace IoTStream.Avro;

/// <summary>Reads values that were written with one schema as values of a type.</summary>
internal abstract class ValueReader<T>
{
    public abstract T Read(ref AvroReader reader);
}

/// <summary>Reads what was written as one of several schemas.</summary>
internal sealed class BranchReader<T>(ValueReader<T>[] branches) : ValueReader<T>
{
    public override T Read(ref AvroReader reader) => branches[reader.ReadPlace(branches.Length, "branch")].Read(ref reader);
}

/// <summary>Stands where a branch of a union cannot be read: only data that has it is an error.</summary>
internal sealed class RefusingReader<T>(string reason) : ValueReader<T>
{
    public override T Read(ref AvroReader reader) => throw reader.Malformed(reason);
}

/// <summary>Reads a value and makes another of it.</summary>
internal sealed class ConvertingReader<TFrom, T>(ValueReader<TFrom> inner, Func<TFrom, T> convert) : ValueReader<T>
{
    public override T Read(ref AvroReader reader)
    {
        TFrom value = inner.Read(ref reader);
        try
        {
            return convert(value);
        }
        catch (Exception wrong) when (wrong is not AvroException and (ArgumentException or FormatException or OverflowException))
        {
            throw new AvroException($"Avro, before byte {reader.Position}: {wrong.Message}", wrong);
        }
    }
}
