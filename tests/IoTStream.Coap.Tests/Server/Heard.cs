using System.Text;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Server;

/// <summary>A message that was heard.</summary>
internal sealed class Heard
{
    private readonly List<(OptionNumber Number, byte[] Value)> _options = [];

    public Heard(byte[] datagram)
    {
        Message.Read(datagram, out Message message).Should().Be(ReadResult.Message);
        (Type, Code, Id) = (message.Type, message.Code, message.Id);
        Payload = message.Payload.ToArray();
        var options = new OptionReader(message.Options);
        while (options.Read())
        {
            _options.Add(((OptionNumber)options.Number, options.Value.ToArray()));
        }
    }

    public MessageType Type { get; }

    public CoapCode Code { get; }

    public ushort Id { get; }

    public byte[] Payload { get; }

    public string Text => Encoding.UTF8.GetString(Payload);

    public byte[]? Option(OptionNumber number) => _options.Where(option => option.Number == number).Select(static option => option.Value).FirstOrDefault();

    public uint? Number(OptionNumber number) => Option(number) is { } value ? UnsignedInteger.Read(value) : null;

    public Block? Block(OptionNumber number) => Option(number) is { } value ? IoTStream.Coap.Protocol.Block.Read(value) : null;
}
