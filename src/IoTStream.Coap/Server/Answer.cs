using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Server;

/// <summary>Answers a request, in consideration of what its client wants and may be sent. Can be kept.</summary>
/// <param name="Server">The server.</param>
/// <param name="Exchange">The request.</param>
/// <param name="NoResponse">The value of the option; -1 if there is none.</param>
/// <param name="Block1">The block of the body that came last, if it came in blocks.</param>
/// <param name="Block2">The block of the answer that is wanted, if one is.</param>
/// <param name="DownloadKey">What a large answer is kept by, for the requests of its other blocks.</param>
internal readonly record struct Answer(Dispatcher Server, Exchange Exchange, int NoResponse, Block? Block1, Block? Block2, ulong DownloadKey)
{
    /// <summary>Answers with a code and nothing more.</summary>
    public void Send(CoapCode code, Sender? sender = null)
    {
        if (RequestOptions.IsSuppressed(NoResponse, code, Exchange.IsMulticast))
        {
            Exchange.Suppress();
            return;
        }

        if (Block1 is not { } block)
        {
            Exchange.Respond(code, default, sender);
            return;
        }

        Span<byte> body = stackalloc byte[16];
        var writer = new MessageWriter(body);
        writer.Write(OptionNumber.Block1, block);
        Exchange.Respond(code, body[..writer.Length], sender);
    }

    /// <summary>Asks to try again later.</summary>
    public void SendUnavailable()
    {
        if (RequestOptions.IsSuppressed(NoResponse, CoapCode.ServiceUnavailable, Exchange.IsMulticast))
        {
            Exchange.Suppress();
            return;
        }

        Span<byte> body = stackalloc byte[16];
        var writer = new MessageWriter(body);
        writer.Write(OptionNumber.MaxAge, Server.RetryAfterSeconds);
        Exchange.Respond(CoapCode.ServiceUnavailable, body[..writer.Length]);
    }

    /// <summary>Answers with options and a body, a block of it if it is large.</summary>
    public void Send(CoapResponse response) => Server.Send(this, response, observe: -1);

    /// <summary>Answers as the first notification.</summary>
    /// <returns>False if the peer was asked, instead of being answered, to prove where it is.</returns>
    public bool Send(CoapResponse response, int observe) => Server.Send(this, response, observe);
}
