using System.Buffers;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Client;

/// <summary>A request and its answer, with as many messages as it takes: the body in blocks, the answer in blocks, and the proof of where this end is if the server asks for it.</summary>
internal sealed class Conversation(MessageChannel messages, CoapClientOptions options, PeerAddress peer, CoapRequest request, RequestTarget target)
{
    // What options other than those of a URI can take beside a block.
    private const int RoomForOptions = 100;

    private readonly RequestWriter _writer = new(request, target);
    private byte[]? _echo;

    // What all messages of a body in blocks, and of the answer to it, have in common (RFC 9175, section 3).
    private byte[]? _tag;

    /// <summary>The token of the first message; each other has its own.</summary>
    public Token? FirstToken { get; init; }

    /// <exception cref="CoapException">There is no outcome.</exception>
    public async Task<CoapResponse> RunAsync(CancellationToken cancellationToken)
    {
        int exponent = Block.ExponentOf(options.BlockSize);
        int most = messages.MaximumBody - RoomForOptions;
        bool isDivided = request.Payload.Length > (messages.IsReliable ? most : Math.Min(options.BlockSize, most));
        Reply reply = isDivided
            ? await UploadAsync(exponent, cancellationToken).ConfigureAwait(false)
            : await SendAsync(request.Payload, new RequestParts(Block2: AskedBlock(exponent)), FirstToken, cancellationToken).ConfigureAwait(false);
        return await CompleteAsync(reply, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches what is missing of an answer.</summary>
    /// <exception cref="CoapException">It cannot be had.</exception>
    public async Task<CoapResponse> CompleteAsync(Reply first, CancellationToken cancellationToken)
    {
        if (first.Block2 is not { More: true } block || !first.Response.IsSuccess)
        {
            return first.Response;
        }

        var body = new ArrayBufferWriter<byte>();
        body.Write(first.Response.Payload.Span);
        Reply reply = first;
        while (block.More)
        {
            if (body.WrittenCount % block.Size != 0 || body.WrittenCount > options.MaximumBodySize)
            {
                throw new CoapException($"The body of {request.Uri} comes in blocks that do not fit together, or is larger than {options.MaximumBodySize} bytes.");
            }

            int exponent = Math.Min(block.Exponent, Block.ExponentOf(options.BlockSize));
            var wanted = new Block(body.WrittenCount >> (exponent + 4), false, exponent);
            reply = await SendAsync(default, new RequestParts(Block2: wanted, IsContinuation: true), token: null, cancellationToken).ConfigureAwait(false);
            if (!reply.Response.IsSuccess)
            {
                return reply.Response;
            }

            if (reply.Block2 is not { } next || next.Offset != body.WrittenCount || !reply.Response.ETag.Span.SequenceEqual(first.Response.ETag.Span))
            {
                throw new CoapException($"The resource {request.Uri} has changed while its body was fetched.");
            }

            block = next;
            body.Write(reply.Response.Payload.Span);
        }

        return first.Response with { Payload = body.WrittenMemory };
    }

    /// <summary>Sends a message, again with a proof of where this end is if the server asks for it, and waits for the answer.</summary>
    public async Task<Reply> SendAsync(ReadOnlyMemory<byte> payload, RequestParts parts, Token? token, CancellationToken cancellationToken)
    {
        for (bool isProven = false; ; isProven = true)
        {
            byte[] body = _writer.Write(payload.Span, messages.MaximumBody, parts with { Echo = _echo, RequestTag = _tag });
            var call = new Call { Peer = peer, Token = token ?? messages.NewToken() };
            token = null;
            Reply reply;
            try
            {
                messages.Send(call, request.IsConfirmable ? MessageType.Confirmable : MessageType.NonConfirmable, request.Method, body);
                reply = await call.Reply.WaitAsync(options.ResponseTimeout, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException e)
            {
                throw new CoapException($"{request.Uri} has not answered within {options.ResponseTimeout}.", e);
            }
            finally
            {
                messages.Forget(call);
            }

            if (!reply.IsUnderstood)
            {
                throw new CoapException($"{request.Uri} has answered with a critical option that is not known.");
            }

            if (reply.Response.Code != CoapCode.Unauthorized || reply.Echo is null || isProven)
            {
                return reply;
            }

            _echo = reply.Echo;
        }
    }

    private static Block? AskedBlock(int exponent) => exponent < Block.LargestExponent ? new Block(0, false, exponent) : null;

    private async Task<Reply> UploadAsync(int exponent, CancellationToken cancellationToken)
    {
        _tag = new byte[sizeof(ulong)];
        messages.NewToken().CopyTo(_tag);
        int offset = 0;
        while (true)
        {
            int size = 1 << (exponent + 4);
            bool more = offset + size < request.Payload.Length;
            var block = new Block(offset / size, more, exponent);
            if (block.Number >= Block.MaximumCount)
            {
                throw new CoapException($"The body for {request.Uri} has more than {Block.MaximumCount} blocks of {size} bytes.");
            }

            Reply reply = await SendAsync(
                request.Payload.Slice(offset, more ? size : request.Payload.Length - offset),
                new RequestParts(Block1: block, Block2: more ? null : AskedBlock(Block.ExponentOf(options.BlockSize))),
                offset == 0 ? FirstToken : null,
                cancellationToken).ConfigureAwait(false);
            int wanted = Math.Min(exponent, reply.Block1?.Exponent ?? exponent);
            if (reply.Response.Code == CoapCode.RequestEntityTooLarge && offset == 0 && wanted < exponent)
            {
                // The server would like smaller blocks (RFC 7959, section 2.9.3).
                exponent = wanted;
                continue;
            }

            if (!more || reply.Response.Code != CoapCode.Continue)
            {
                return reply;
            }

            offset += size;
            exponent = wanted;
        }
    }
}
