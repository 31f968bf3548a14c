using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using IoTStream.Connectors;

namespace IoTStream.Avro;

/// <summary>The wire format of registries. Readers are made once for each schema.</summary>
internal sealed class RegistryCodec<T>(SchemaRegistry registry, AvroType<T> type, int? id) : ICodec<T>
{
    private const int HeadSize = 1 + sizeof(int);
    private readonly ConcurrentDictionary<int, ValueReader<T>> _readers = new();

    // Nearly all values have the schema of the one before.
    private volatile Known? _last;

    public T Decode(in ReadOnlySequence<byte> payload)
    {
        Span<byte> head = stackalloc byte[HeadSize];
        if (payload.Length < HeadSize)
        {
            throw new AvroException($"{payload.Length} bytes are less than a zero and the number of a schema.");
        }

        payload.Slice(0, HeadSize).CopyTo(head);
        if (head[0] != 0)
        {
            throw new AvroException($"The payload begins with {head[0]}, not with the zero that stands before the number of a schema.");
        }

        return AvroCodec.Read(ReaderOf(BinaryPrimitives.ReadInt32BigEndian(head[1..])), payload.Slice(HeadSize));
    }

    public void Encode(T value, IBufferWriter<byte> output)
    {
        Span<byte> head = output.GetSpan(HeadSize);
        head[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(head[1..], id!.Value);
        output.Advance(HeadSize);
        AvroCodec.Write(type, value, output);
    }

    private ValueReader<T> ReaderOf(int written)
    {
        if (_last is { } last && last.Id == written)
        {
            return last.Reader;
        }

        if (!_readers.TryGetValue(written, out ValueReader<T>? reader))
        {
            reader = _readers.GetOrAdd(written, Resolved(written));
        }

        _last = new Known(written, reader);
        return reader;
    }

    private ValueReader<T> Resolved(int written)
    {
        try
        {
            return type.Resolve(registry.SchemaOf(written));
        }
        catch (AvroSchemaException refusal)
        {
            // It stays so, and is not to be found out again for each value.
            return new RefusingReader<T>($"what was written with the schema {written} cannot be read as {type.Schema}: {refusal.Message.TrimEnd('.')}");
        }
    }

    private sealed record Known(int Id, ValueReader<T> Reader);
}
