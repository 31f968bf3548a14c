using System.Diagnostics;

namespace IoTStream.Avro;

/// <summary>How values of a type of C# are those of a schema. <see cref="AvroTypes"/> has them, <see cref="AvroCodec"/> makes codecs of them.</summary>
/// <remarks>Immutable; thread-safe.</remarks>
/// <typeparam name="T">The type of the values.</typeparam>
[DebuggerDisplay("{Schema}")]
public abstract class AvroType<T>
{
    private protected AvroType()
    {
    }

    /// <summary>The schema that values are written with.</summary>
    public abstract AvroSchema Schema { get; }

    /// <summary>The same data as values of another type.</summary>
    /// <param name="read">Makes a value of what was read.</param>
    /// <param name="write">Makes what is written of a value.</param>
    /// <typeparam name="TOther">The other type.</typeparam>
    /// <exception cref="ArgumentNullException">A function is null.</exception>
    public AvroType<TOther> As<TOther>(Func<T, TOther> read, Func<TOther, T> write)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(write);
        return new ConvertedType<T, TOther>(this, read, write);
    }

    internal abstract void Write(ref AvroWriter writer, T value);

    /// <summary>A reader of what was written with a schema that is no union.</summary>
    internal abstract ValueReader<T> ReaderOf(AvroSchema writer, Resolution resolution);

    internal ValueReader<T> Resolve(AvroSchema writer) => Resolve(writer, new Resolution());

    internal ValueReader<T> Resolve(AvroSchema writer, Resolution resolution)
    {
        if (writer is not AvroUnionSchema union)
        {
            return ReaderOf(writer, resolution);
        }

        var branches = new ValueReader<T>[union.Branches.Count];
        AvroSchemaException? refusal = null;
        int refused = 0;
        for (int i = 0; i < branches.Length; i++)
        {
            try
            {
                branches[i] = ReaderOf(union.Branches[i], resolution);
            }
            catch (AvroSchemaException reason)
            {
                refusal = reason;
                refused++;
                branches[i] = new RefusingReader<T>(reason.Message.TrimEnd('.'));
            }
        }

        return refused < branches.Length ? new BranchReader<T>(branches) : throw refusal ?? resolution.Refusal("it was written as a union without branches, of which there are no values");
    }
}
