using System.Buffers.Binary;

namespace IoTStream.Coap.Protocol;

/// <summary>A message in the buffer that it was received in.</summary>
internal readonly ref struct Message
{
    public const int HeaderSize = 4;

    private const int Version = 1;

    public MessageType Type { get; init; }

    public CoapCode Code { get; init; }

    public ushort Id { get; init; }

    public Token Token { get; init; }

    /// <summary>The options, with the payload marker and the payload behind them.</summary>
    public ReadOnlySpan<byte> Options { get; init; }

    /// <summary>The payload, empty if there is none.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>0 for requests, 2, 4 and 5 for responses, 7 for signals.</summary>
    public int Class => (int)Code >> 5;

    public bool IsRequest => Class == 0 && Code != CoapCode.Empty;

    public bool IsResponse => Class is 2 or 4 or 5;

    /// <summary>Reads a datagram (RFC 7252, section 3), whatever it has in it.</summary>
    /// <param name="datagram">All of it.</param>
    /// <param name="message">The message; of a malformed one, the type, the code and the identifier.</param>
    public static ReadResult Read(ReadOnlySpan<byte> datagram, out Message message)
    {
        message = default;
        if (datagram.Length < HeaderSize || datagram[0] >> 6 != Version)
        {
            return ReadResult.Foreign;
        }

        int tokenLength = datagram[0] & 0xF;
        message = new Message
        {
            Type = (MessageType)((datagram[0] >> 4) & 3),
            Code = (CoapCode)datagram[1],
            Id = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]),
        };
        if (tokenLength > Token.MaximumLength || datagram.Length < HeaderSize + tokenLength)
        {
            return ReadResult.Malformed;
        }

        // An empty message is a header and nothing more (section 4.1).
        if (message.Code == CoapCode.Empty)
        {
            return datagram.Length == HeaderSize ? ReadResult.Message : ReadResult.Malformed;
        }

        return TryReadBody(datagram.Slice(HeaderSize, tokenLength), datagram[(HeaderSize + tokenLength)..], message, out message) ? ReadResult.Message : ReadResult.Malformed;
    }

    /// <summary>Reads what is the same over datagrams and connections: the token, the options and the payload.</summary>
    public static bool TryReadBody(ReadOnlySpan<byte> token, ReadOnlySpan<byte> body, Message header, out Message message)
    {
        var options = new OptionReader(body);
        while (options.Read())
        {
        }

        message = options.IsMalformed
            ? header
            : new Message { Type = header.Type, Code = header.Code, Id = header.Id, Token = Token.Of(token), Options = body, Payload = options.Payload };
        return !options.IsMalformed;
    }
}
