using System.Text;
using System.Text.Unicode;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Server;

/// <summary>A resource that a function of the user's answers for.</summary>
internal sealed class HandlerResource(CoapHandler handler, CoapResourceOptions description, WorkLimit work, CancellationToken stopping) : Resource(description)
{
    public override bool Handle(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Answer answer) =>
        Handle(message, options, body, route, answer.DownloadKey == 0 ? answer with { DownloadKey = Dispatcher.KeyOf(message, answer.Exchange) } : answer);

    private bool Handle(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, Answer answer)
    {
        if (!work.TryEnter())
        {
            answer.SendUnavailable();
            return true;
        }

        // The user's function may take its time, and others are not to wait for their answers meanwhile.
        SendBatch.Flush();
        ValueTask<CoapResponse> response;
        try
        {
            response = handler(RequestOf(message, options, body, route, answer.Exchange), stopping);
        }
        catch (Exception)
        {
            work.Leave();
            Fail(answer);
            return true;
        }

        if (!response.IsCompletedSuccessfully)
        {
            _ = FinishAsync(response, answer);
            return false;
        }

        work.Leave();
        Send(answer, response.GetAwaiter().GetResult());
        return true;
    }

    public static CoapServerRequest RequestOf(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Exchange exchange) => new()
    {
        Method = message.Code,
        Path = route.Path,
        Query = options.HasQuery ? QueryOf(message) : [],
        ContentFormat = options.ContentFormat < 0 ? null : (CoapContentFormat)options.ContentFormat,
        Accept = options.Accept < 0 ? null : (CoapContentFormat)options.Accept,
        Payload = body.ToArray(),
        IfMatch = options.HasIfMatch ? ValuesOf(message, OptionNumber.IfMatch) : [],
        IfNoneMatch = options.IfNoneMatch,
        ETags = options.HasETag ? ValuesOf(message, OptionNumber.ETag) : [],
        Peer = exchange.Peer.ToEndPoint(),
        Identity = exchange.Channel.IdentityOf(exchange.Peer),
        IsConfirmable = message.Type == MessageType.Confirmable,
        IsMulticast = exchange.IsMulticast,
    };

    public static List<string> QueryOf(in Message message)
    {
        List<string> query = [];
        foreach (ReadOnlyMemory<byte> value in ValuesOf(message, OptionNumber.UriQuery))
        {
            if (Utf8.IsValid(value.Span))
            {
                query.Add(Encoding.UTF8.GetString(value.Span));
            }
        }

        return query;
    }

    private static List<ReadOnlyMemory<byte>> ValuesOf(in Message message, OptionNumber number)
    {
        List<ReadOnlyMemory<byte>> values = [];
        var options = new OptionReader(message.Options);
        while (options.Read())
        {
            if (options.Number == (int)number && OptionRegistry.IsValid(options.Number, options.Value.Length))
            {
                values.Add(options.Value.ToArray());
            }
        }

        return values;
    }

    private async Task FinishAsync(ValueTask<CoapResponse> response, Answer answer)
    {
        try
        {
            Send(answer, await response.ConfigureAwait(false));
        }
        catch (Exception)
        {
            Fail(answer);
        }
        finally
        {
            work.Leave();
        }
    }

    /// <summary>What a handler returns may be nothing that can be sent: then it has failed, too.</summary>
    private void Send(in Answer answer, CoapResponse response)
    {
        try
        {
            ArgumentNullException.ThrowIfNull(response);
            answer.Send(response);
        }
        catch (ArgumentException)
        {
            Fail(answer);
        }
    }

    private void Fail(in Answer answer)
    {
        work.CountFailure();
        answer.Send(CoapCode.InternalServerError);
    }
}
