using System.Buffers;

namespace IoTStream.Mqtt.Protocol;

/// <summary>PINGREQ and PINGRESP, which consist of their fixed header (sections 3.12 and 3.13).</summary>
internal readonly record struct PingPacket(PacketType Type)
{
    public static PingPacket Read(in Frame frame)
    {
        new PacketReader(frame.Body).ExpectEnd();
        return new PingPacket(frame.Type);
    }

    public void Write(IBufferWriter<byte> output) => new PacketWriter(output, Type, 0, 0).Complete();
}
