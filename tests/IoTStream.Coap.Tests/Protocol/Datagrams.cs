using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Protocol;

/// <summary>Random messages, and what was read of them written again.</summary>
internal static class Datagrams
{
    private const int Room = 4096;

    private static readonly OptionNumber[] Known = Enum.GetValues<OptionNumber>()[1..];

    public static byte[] Generate(Random random)
    {
        byte[] buffer = new byte[Room];
        var token = Token.Of(Bytes(random, random.Next(9)));
        var writer = new MessageWriter(buffer, (MessageType)random.Next(4), (CoapCode)random.Next(1, 256), (ushort)random.Next(65536), token);
        WriteBody(ref writer, random);
        return buffer[..writer.Length];
    }

    public static void WriteBody(ref MessageWriter writer, Random random)
    {
        foreach (int number in Numbers(random))
        {
            writer.Write((OptionNumber)number, (ReadOnlySpan<byte>)Bytes(random, random.Next(10) == 0 ? random.Next(600) : random.Next(14)));
        }

        writer.WritePayload(Bytes(random, random.Next(3) == 0 ? 0 : random.Next(80)));
    }

    public static byte[] WriteAgain(in Message message)
    {
        byte[] buffer = new byte[Room];
        var writer = new MessageWriter(buffer, message.Type, message.Code, message.Id, message.Token);
        WriteBodyAgain(ref writer, message);
        return buffer[..writer.Length];
    }

    public static void WriteBodyAgain(ref MessageWriter writer, in Message message)
    {
        var options = new OptionReader(message.Options);
        while (options.Read())
        {
            writer.Write((OptionNumber)options.Number, options.Value);
        }

        writer.WritePayload(message.Payload);
    }

    public static byte[] Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static IEnumerable<int> Numbers(Random random) => Enumerable.Range(0, random.Next(6))
        .Select(_ => random.Next(4) switch { 0 => random.Next(65536), 1 => random.Next(300), _ => (int)Known[random.Next(Known.Length)] })
        .Order();
}
