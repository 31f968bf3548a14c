using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>Packets of MQTT 3.1.1, encoded before the clock starts.</summary>
internal static class Packets
{
    public const int PayloadSize = 64;

    /// <summary>Of a topic that <see cref="Topic"/> makes.</summary>
    public const int AcknowledgementSize = 4;

    public const string Filter = "load/#";

    public static string Topic(int publisher) => string.Create(CultureInfo.InvariantCulture, $"load/{publisher:D5}");

    public static byte[] Connect(string clientIdentifier)
    {
        byte[] identifier = Encoding.ASCII.GetBytes(clientIdentifier);
        return [0x10, (byte)(12 + identifier.Length), 0, 4, .. "MQTT"u8, 4, 0b10, 0, 0, 0, (byte)identifier.Length, .. identifier];
    }

    public static byte[] Subscribe(string filter, int qualityOfService)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(filter);
        return [0x82, (byte)(5 + bytes.Length), 0, 1, 0, (byte)bytes.Length, .. bytes, (byte)qualityOfService];
    }

    /// <summary>The size of each packet that <see cref="Publish"/> makes.</summary>
    public static int PublishSize(int qualityOfService) => 2 + 2 + Topic(0).Length + (qualityOfService == 0 ? 0 : 2) + PayloadSize;

    /// <summary>The place of the packet identifier in a packet of QoS 1.</summary>
    public static int IdentifierOffset => 2 + 2 + Topic(0).Length;

    public static byte[] Acknowledge(ReadOnlySpan<byte> identifier) => [0x40, 2, identifier[0], identifier[1]];

    /// <summary>Messages one after the other, all of one size, with identifiers from 1 if they have QoS 1.</summary>
    public static byte[] Publish(int publisher, int qualityOfService, int count)
    {
        byte[] topic = Encoding.ASCII.GetBytes(Topic(publisher));
        int size = PublishSize(qualityOfService);
        byte[] packets = new byte[size * count];
        for (int i = 0; i < count; i++)
        {
            Span<byte> packet = packets.AsSpan(i * size, size);
            packet[0] = (byte)(0x30 | (qualityOfService << 1));
            packet[1] = (byte)(size - 2);
            packet[3] = (byte)topic.Length;
            topic.CopyTo(packet[4..]);
            if (qualityOfService > 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(packet[IdentifierOffset..], (ushort)(i + 1));
            }

            Payload(publisher, i).CopyTo(packet[^PayloadSize..]);
        }

        return packets;
    }

    private static byte[] Payload(int publisher, int number)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture, $$"""{"sensor":{{10_000 + publisher}},"number":{{100_000 + (number % 65_536)}},"speed":{{20 + (number % 60)}}.5,"vehicles":{{10 + (number % 80)}} """);
        return Encoding.ASCII.GetBytes(text.PadRight(PayloadSize - 1) + "}");
    }
}
