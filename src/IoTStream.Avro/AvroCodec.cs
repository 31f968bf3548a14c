using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using IoTStream.Connectors;

namespace IoTStream.Avro;

/// <summary>Codecs of Avro's binary encoding, which says nothing about the schema by itself.</summary>
/// <remarks>Data that is not what the schema says is refused with an <see cref="AvroException"/>, and nothing is allocated for lengths without bytes.</remarks>
public static class AvroCodec
{
    private const ushort SingleObjectMark = 0x01C3;
    private const int SingleObjectHead = sizeof(ushort) + sizeof(ulong);

    /// <summary>A codec of bare values: both sides know the schema by other means.</summary>
    /// <param name="type">The type of the values.</param>
    /// <param name="writer">The schema that what is read was written with; by default the type's own. Written is always with the type's own.</param>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <exception cref="ArgumentNullException"><paramref name="type"/> is null.</exception>
    /// <exception cref="AvroSchemaException">What was written with the schema cannot be read as the type; the message says where and why.</exception>
    public static ICodec<T> Of<T>(AvroType<T> type, AvroSchema? writer = null)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new BareCodec<T>(type, type.Resolve(writer ?? type.Schema));
    }

    /// <summary>A codec of the single-object encoding: a fingerprint of the schema before each value.</summary>
    /// <param name="type">The type of the values. It is written with its own schema, and reads that, too.</param>
    /// <param name="writers">Other schemas that what is read may have been written with.</param>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="AvroSchemaException">What was written with one of the schemas cannot be read as the type; the message says where and why.</exception>
    public static ICodec<T> SingleObject<T>(AvroType<T> type, params IEnumerable<AvroSchema> writers)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(writers);
        var readers = new Dictionary<ulong, ValueReader<T>> { [type.Schema.Fingerprint] = type.Resolve(type.Schema) };
        foreach (AvroSchema writer in writers)
        {
            readers.TryAdd(writer.Fingerprint, type.Resolve(writer));
        }

        return new SingleObjectCodec<T>(type, readers.ToFrozenDictionary());
    }

    /// <summary>Reads a value that is all of what there is.</summary>
    internal static T Read<T>(ValueReader<T> value, in ReadOnlySequence<byte> payload)
    {
        if (payload.IsSingleSegment)
        {
            return Read(value, payload.FirstSpan);
        }

        int length = checked((int)payload.Length);
        byte[] whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            payload.CopyTo(whole);
            return Read(value, whole.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    internal static T Read<T>(ValueReader<T> value, ReadOnlySpan<byte> payload)
    {
        var reader = new AvroReader(payload);
        T read = value.Read(ref reader);
        return reader.IsAtEnd ? read : throw reader.Malformed("the payload goes on after the end of the value");
    }

    internal static void Write<T>(AvroType<T> type, T value, IBufferWriter<byte> output)
    {
        var writer = new AvroWriter(output);
        type.Write(ref writer, value);
        writer.Flush();
    }

    private sealed class BareCodec<T>(AvroType<T> type, ValueReader<T> reader) : ICodec<T>
    {
        public T Decode(in ReadOnlySequence<byte> payload) => Read(reader, payload);

        public void Encode(T value, IBufferWriter<byte> output) => Write(type, value, output);
    }

    private sealed class SingleObjectCodec<T>(AvroType<T> type, FrozenDictionary<ulong, ValueReader<T>> readers) : ICodec<T>
    {
        private readonly ulong _fingerprint = type.Schema.Fingerprint;

        public T Decode(in ReadOnlySequence<byte> payload)
        {
            Span<byte> head = stackalloc byte[SingleObjectHead];
            if (payload.Length < SingleObjectHead)
            {
                throw new AvroException($"{payload.Length} bytes are less than the head of a single object.");
            }

            payload.Slice(0, SingleObjectHead).CopyTo(head);
            if (BinaryPrimitives.ReadUInt16LittleEndian(head) != SingleObjectMark)
            {
                throw new AvroException("The bytes do not begin as a single object does: C3 01.");
            }

            ulong fingerprint = BinaryPrimitives.ReadUInt64LittleEndian(head[sizeof(ushort)..]);
            return readers.TryGetValue(fingerprint, out ValueReader<T>? reader)
                ? Read(reader, payload.Slice(SingleObjectHead))
                : throw new AvroException($"No schema with the fingerprint {fingerprint:x16} is known.");
        }

        public void Encode(T value, IBufferWriter<byte> output)
        {
            Span<byte> head = output.GetSpan(SingleObjectHead);
            BinaryPrimitives.WriteUInt16LittleEndian(head, SingleObjectMark);
            BinaryPrimitives.WriteUInt64LittleEndian(head[sizeof(ushort)..], _fingerprint);
            output.Advance(SingleObjectHead);
            Write(type, value, output);
        }
    }
}
