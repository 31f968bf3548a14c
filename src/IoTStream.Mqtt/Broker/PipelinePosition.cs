using System.Buffers;
using System.Buffers.Binary;

namespace IoTStream.Mqtt.Broker;

/// <summary>Where a pipeline is in a session: behind the message with that number.</summary>
internal readonly record struct PipelinePosition(Guid Session, long Number)
{
    private const int GuidSize = 16;
    private const int Size = GuidSize + sizeof(long);

    /// <exception cref="InvalidDataException">The bytes are something else.</exception>
    public static PipelinePosition Read(ReadOnlySpan<byte> bytes) => bytes.Length == Size
        ? new PipelinePosition(new Guid(bytes[..GuidSize]), BinaryPrimitives.ReadInt64LittleEndian(bytes[GuidSize..]))
        : throw new InvalidDataException(
            $"The position in the epoch log has {bytes.Length} bytes instead of {Size}: it is another source's. Give the step of this source a name of its own.");

    /// <summary>The number, if the position is one in that session, otherwise 0.</summary>
    public long NumberIn(PipelineSession session) => session.Identity == Session ? Number : 0;

    public void Write(IBufferWriter<byte> output)
    {
        Span<byte> bytes = output.GetSpan(Size);
        Session.TryWriteBytes(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[GuidSize..], Number);
        output.Advance(Size);
    }
}
