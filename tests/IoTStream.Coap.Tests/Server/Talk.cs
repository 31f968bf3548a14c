using System.Text;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Tests.Messaging;

namespace IoTStream.Coap.Tests.Server;

/// <summary>A server on a clock and a network of the test's, and somebody who talks to it in bytes.</summary>
internal sealed class Talk : IAsyncDisposable
{
    private readonly SimulatedNetwork.Node _node;
    private readonly SimulatedNetwork.Node _peer;
    private ushort _id = 100;

    public Talk(CoapServerOptions? options = null)
    {
        Network = new SimulatedNetwork(Time, new Random(1));
        _node = Network.Add(1);
        _peer = Network.Add(2);
        options ??= new CoapServerOptions { MaximumAmplification = double.PositiveInfinity };
        Server = new CoapServer(options with { TimeProvider = Time }, _node, new Randomness(1));
        Server.Listen();
    }

    public SimulatedTime Time { get; } = new();

    public SimulatedNetwork Network { get; }

    public CoapServer Server { get; }

    public PeerAddress Peer => _peer.Address;

    /// <summary>Makes a request.</summary>
    public static byte[] Request(MessageType type, CoapCode code, ushort id, string path, ReadOnlySpan<byte> payload = default, params (OptionNumber Number, byte[] Value)[] options)
    {
        byte[] buffer = new byte[65000];
        var writer = new MessageWriter(buffer, type, code, id, new Token(0xABCD, 2));
        string target = path.Split('?')[0];
        string query = path.Length > target.Length ? path[(target.Length + 1)..] : "";
        IEnumerable<(OptionNumber Number, byte[] Value)> all =
        [
            .. target.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(static segment => (OptionNumber.UriPath, Encoding.UTF8.GetBytes(segment))),
            .. query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(static part => (OptionNumber.UriQuery, Encoding.UTF8.GetBytes(part))),
            .. options,
        ];
        foreach ((OptionNumber number, byte[] value) in all.OrderBy(static option => option.Number))
        {
            writer.Write(number, (ReadOnlySpan<byte>)value);
        }

        writer.WritePayload(payload);
        return buffer[..writer.Length];
    }

    public static byte[] Number(uint value)
    {
        byte[] bytes = new byte[UnsignedInteger.LengthOf(value)];
        UnsignedInteger.Write(bytes, value);
        return bytes;
    }

    public static (OptionNumber Number, byte[] Value) Block1(int number, bool more, int exponent) => (OptionNumber.Block1, Number(new Block(number, more, exponent).ToBits()));

    public static (OptionNumber Number, byte[] Value) Block2(int number, int exponent) => (OptionNumber.Block2, Number(new Block(number, false, exponent).ToBits()));

    /// <summary>Sends bytes and returns what came back to the one who talks.</summary>
    public List<Heard> Send(byte[] datagram, bool isMulticast = false, PeerAddress? from = null)
    {
        int before = Network.Sent.Count;
        PeerAddress peer = from ?? Peer;
        _node.Deliver(peer, datagram, isMulticast);
        return [.. Network.Sent.Skip(before).Where(sent => sent.To == peer).Select(static sent => new Heard(sent.Datagram))];
    }

    /// <summary>Asks, confirmably, and returns the answer.</summary>
    public Heard Ask(CoapCode code, string path, ReadOnlySpan<byte> payload = default, params (OptionNumber Number, byte[] Value)[] options) =>
        Send(Request(MessageType.Confirmable, code, _id++, path, payload, options)).Should().ContainSingle().Subject;

    public Heard Get(string path, params (OptionNumber Number, byte[] Value)[] options) => Ask(CoapCode.Get, path, default, options);

    public List<Heard> Heard(int from) => [.. Network.Sent.Skip(from).Where(sent => sent.To == Peer).Select(static sent => new Heard(sent.Datagram))];

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
