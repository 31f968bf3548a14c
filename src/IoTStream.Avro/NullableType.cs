namespace IoTStream.Avro;

/// <summary>How a value says that it is there.</summary>
internal interface IPresence<TInner, T>
{
    static abstract bool TryGet(T value, out TInner inner);

    static abstract T Of(TInner inner);
}

internal readonly struct StructPresence<T> : IPresence<T, T?>
    where T : struct
{
    public static bool TryGet(T? value, out T inner)
    {
        inner = value.GetValueOrDefault();
        return value.HasValue;
    }

    public static T? Of(T inner) => inner;
}

internal readonly struct ReferencePresence<T> : IPresence<T, T?>
    where T : class
{
    public static bool TryGet(T? value, out T inner)
    {
        inner = value!;
        return value is not null;
    }

    public static T? Of(T inner) => inner;
}

/// <summary>A union of null and a type.</summary>
internal sealed class NullableType<TInner, T, TPresence>(AvroType<TInner> inner) : AvroType<T>
    where TPresence : struct, IPresence<TInner, T>
{
    private readonly AvroUnionSchema _schema = inner.Schema.Kind is not (AvroKind.Null or AvroKind.Union)
        ? new AvroUnionSchema([new AvroPrimitiveSchema(AvroKind.Null), inner.Schema])
        : throw new ArgumentException($"A {inner.Schema.Kind} says by itself what is null.", nameof(inner));

    public override AvroSchema Schema => _schema;

    internal override void Write(ref AvroWriter writer, T value)
    {
        if (TPresence.TryGet(value, out TInner present))
        {
            writer.WriteInt64(1);
            inner.Write(ref writer, present);
        }
        else
        {
            writer.WriteInt64(0);
        }
    }

    internal override ValueReader<T> ReaderOf(AvroSchema writer, Resolution resolution) =>
        writer.Kind == AvroKind.Null ? new AbsenceReader() : new PresenceReader(inner.ReaderOf(writer, resolution));

    private sealed class AbsenceReader : ValueReader<T>
    {
        public override T Read(ref AvroReader reader) => default!;
    }

    private sealed class PresenceReader(ValueReader<TInner> present) : ValueReader<T>
    {
        public override T Read(ref AvroReader reader) => TPresence.Of(present.Read(ref reader));
    }
}
