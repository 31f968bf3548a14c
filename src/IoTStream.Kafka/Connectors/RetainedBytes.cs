using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>Keeps the bytes that the client shows of a key or value until the next message, so that none are allocated for each.</summary>
internal sealed class RetainedBytes : IDeserializer<RetainedBytes>
{
    private byte[] _bytes = new byte[1024];

    public bool IsNull { get; private set; }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public RetainedBytes Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (data.Length > _bytes.Length)
        {
            _bytes = new byte[Math.Max(data.Length, 2 * _bytes.Length)];
        }

        data.CopyTo(_bytes);
        Length = data.Length;
        IsNull = isNull;
        return this;
    }
}
