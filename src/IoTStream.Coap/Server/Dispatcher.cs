using System.Text;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Server;

/// <summary>Brings requests to resources: options, paths, bodies in blocks both ways, and what protects others from answers that they did not ask for. Thread-safe.</summary>
internal sealed class Dispatcher
{
    private const int StackRoom = 2048;

    // What the options of an answer take at most, but for a path that is long.
    private const int RoomForOptions = 512;

    private readonly CoapServerOptions _options;
    private readonly EchoStamps _stamps;
    private readonly Lock _lock = new();
    private readonly PartialBodies _uploads;
    private readonly PartialBodies _downloads;
    private readonly int _exponent = Block.LargestExponent;
    private long _challenged;

    public Dispatcher(CoapServerOptions options)
    {
        _options = options;
        _stamps = new EchoStamps(options.TimeProvider);
        long lifetime = (long)(options.Transmission.ExchangeLifetime.TotalSeconds * options.TimeProvider.TimestampFrequency);
        _uploads = new PartialBodies(options.MaximumPartialBytes, lifetime);
        _downloads = new PartialBodies(options.MaximumPartialBytes, lifetime);
        RetryAfterSeconds = (uint)options.RetryAfter.TotalSeconds;
        Routes.Add(PathTemplate.Parse(LinkFormat.Path), new DiscoveryResource(Routes));
    }

    public Routes Routes { get; } = new();

    public uint RetryAfterSeconds { get; }

    /// <summary>How many peers were asked to prove where they are.</summary>
    public long Challenged => Interlocked.Read(ref _challenged);

    /// <summary>Takes a request; a <see cref="RequestHandler"/>.</summary>
    public bool Handle(in Message message, in Exchange exchange)
    {
        Span<byte> path = stackalloc byte[RequestOptions.LongestPath];
        CoapCode error = RequestOptions.Read(message, path, out RequestOptions options);
        if (error != CoapCode.Empty)
        {
            return Refuse(new Answer(this, exchange, options.NoResponse, null, null, 0), error);
        }

        var answer = new Answer(this, exchange, options.NoResponse, options.Block1, options.Block2, 0);
        if (!options.Echo.IsEmpty && _stamps.IsValid(options.Echo, exchange.Peer))
        {
            exchange.Channel.Validate(exchange.Peer);
        }

        if (message.Code > CoapCode.IPatch)
        {
            return Refuse(answer, CoapCode.MethodNotAllowed);
        }

        if (!Routes.TryFind(options.Path, out Route? route))
        {
            return Refuse(answer, CoapCode.NotFound);
        }

        if (options.Block1 is null && options.Block2 is null)
        {
            // What a large answer is kept by costs a checksum, which is taken when there is one.
            return route.Resource.Handle(message, options, message.Payload, route, answer);
        }

        return HandleBlock(message, options, route, answer);
    }

    /// <summary>Sends an answer: all of it, a block of it, or the question whether the peer is where it says.</summary>
    /// <returns>False if the peer was asked, instead of being answered, to prove where it is.</returns>
    public bool Send(in Answer answer, CoapResponse response, int observe)
    {
        if (RequestOptions.IsSuppressed(answer.NoResponse, response.Code, answer.Exchange.IsMulticast))
        {
            answer.Exchange.Suppress();
            return true;
        }

        long room = answer.Exchange.Channel.IsReliable ? long.MaxValue : answer.Exchange.Channel.RoomFor(answer.Exchange.Peer);
        int exponent = Math.Min(answer.Block2?.Exponent ?? _exponent, _exponent);
        bool isWhole = answer.Exchange.Channel.IsReliable && answer.Block2 is null && response.Payload.Length + RoomForOptions <= answer.Exchange.Channel.MaximumBody;
        Span<byte> buffer = isWhole && response.Payload.Length > StackRoom - RoomForOptions ? new byte[response.Payload.Length + RoomForOptions] : stackalloc byte[StackRoom];
        while (true)
        {
            int length = Write(buffer, answer, response, observe, exponent, isWhole, out Block? sent);
            if (length < 0)
            {
                return Send(answer with { Block2 = null }, ResponseWriter.Error(CoapCode.BadRequest, "There is no such block."), observe: -1);
            }

            bool fits = Message.HeaderSize + answer.Exchange.Token.Length + length <= room;
            if (!fits && answer.Exchange.IsSafe)
            {
                Challenge(answer.Exchange);
                return false;
            }

            // What has been done cannot be asked for again: then the answer goes in small pieces.
            if (fits || exponent == 0)
            {
                if (sent is { } block)
                {
                    Keep(answer.DownloadKey, response, block);
                }

                answer.Exchange.Respond(response.Code, buffer[..length]);
                return true;
            }

            exponent--;
        }
    }

    /// <returns>How many bytes it takes; -1 if the answer has no such block.</returns>
    private static int Write(Span<byte> buffer, in Answer answer, CoapResponse response, int observe, int exponent, bool isWhole, out Block? block)
    {
        block = null;
        ReadOnlySpan<byte> payload = response.Payload.Span;
        int size = 1 << (exponent + 4);
        long offset = response.IsSuccess && answer.Block2 is { } wanted ? wanted.Offset : 0;
        if (isWhole || (payload.Length <= size && offset == 0))
        {
            return ResponseWriter.Write(buffer, response, payload, observe, block1: answer.Block1);
        }

        if (offset >= payload.Length)
        {
            return -1;
        }

        // Blocks belong together if the tag is the same (RFC 7959, section 2.4).
        Span<byte> etag = stackalloc byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(etag, Fingerprint.Of(payload));
        ReadOnlySpan<byte> part = payload[(int)offset..];
        bool isLast = part.Length <= size;
        part = isLast ? part : part[..size];
        block = new Block((int)(offset / size), !isLast, exponent);
        return ResponseWriter.Write(buffer, response, part, observe, etag, answer.Block1, block, offset == 0 ? payload.Length : -1);
    }

    private static bool Refuse(in Answer answer, CoapCode error)
    {
        // What is critical and not known in a message without confirmation is passed over (RFC 7252, section 5.4.1).
        if (error == CoapCode.BadOption && !answer.Exchange.IsConfirmable)
        {
            answer.Exchange.Suppress();
            return true;
        }

        answer.Send(error);
        return true;
    }

    private void Challenge(in Exchange exchange)
    {
        Interlocked.Increment(ref _challenged);
        Span<byte> stamp = stackalloc byte[EchoStamps.Size];
        _stamps.Write(stamp, exchange.Peer);
        Span<byte> body = stackalloc byte[EchoStamps.Size + 8];
        var writer = new MessageWriter(body);
        writer.Write(OptionNumber.Echo, stamp);
        exchange.Respond(CoapCode.Unauthorized, body[..writer.Length]);
    }

    /// <summary>Keeps an answer from its first block to its last.</summary>
    private void Keep(ulong key, CoapResponse response, Block sent)
    {
        if (key == 0)
        {
            return;
        }

        lock (_lock)
        {
            if (!sent.More)
            {
                _downloads.Remove(key);
            }
            else if (sent.Number == 0)
            {
                PartialBodies.Body body = _downloads.Begin(key, _options.TimeProvider.GetTimestamp());
                body.Response = response;
                body.Append(response.Payload.Span);
                _downloads.Grow(body.Length);
            }
        }
    }

    private bool HandleBlock(in Message message, in RequestOptions options, Route route, Answer answer)
    {
        if (options.Block1 is { Exponent: Block.BertExponent } || options.Block2 is { Exponent: Block.BertExponent })
        {
            if (!answer.Exchange.Channel.IsReliable)
            {
                // An exponent of 7 is reserved over datagrams (RFC 7959, section 2.2).
                return Refuse(answer with { Block1 = null, Block2 = null }, CoapCode.BadRequest);
            }
        }

        // A later block of an answer that is kept.
        ulong key = KeyOf(message, answer.Exchange);
        answer = answer with { DownloadKey = key };
        if (options.Block2 is { Number: > 0 } && options.Block1 is null && FindDownload(key) is { } kept)
        {
            Send(answer, kept, observe: -1);
            return true;
        }

        if (options.Block2 is { Number: > 0 } && message.Code is not (CoapCode.Get or CoapCode.Fetch))
        {
            // The answer of which it wants more is not kept any more, and to do it again would be another request.
            return Refuse(answer with { Block2 = null }, CoapCode.RequestEntityIncomplete);
        }

        return options.Block1 is { } block
            ? HandleUpload(message, options, route, answer, block, key)
            : route.Resource.Handle(message, options, message.Payload, route, answer);
    }

    private CoapResponse? FindDownload(ulong key)
    {
        lock (_lock)
        {
            return _downloads.Find(key, _options.TimeProvider.GetTimestamp())?.Response;
        }
    }

    private bool HandleUpload(in Message message, in RequestOptions options, Route route, in Answer answer, Block block, ulong key)
    {
        ReadOnlySpan<byte> payload = message.Payload;
        bool isBert = block.Exponent == Block.BertExponent;
        if ((!isBert && block.More && payload.Length != block.Size) || (isBert && block.More && (payload.Length == 0 || payload.Length % block.Size != 0)) || (!isBert && payload.Length > block.Size))
        {
            return Refuse(answer with { Block1 = null }, CoapCode.BadRequest);
        }

        if (block.Number == 0 && !block.More)
        {
            return route.Resource.Handle(message, options, payload, route, answer);
        }

        if (block.Offset + payload.Length > _options.MaximumBodySize || options.Size1 > _options.MaximumBodySize)
        {
            return RefuseLarge(answer, key);
        }

        PartialBodies.Body? body;
        lock (_lock)
        {
            long now = _options.TimeProvider.GetTimestamp();
            body = block.Number == 0 ? _uploads.Begin(key, now) : _uploads.Find(key, now);
            if (body is null || body.Length != block.Offset || (block.Number > 0 && body.ContentFormat != options.ContentFormat))
            {
                _uploads.Remove(key);
                body = null;
            }
            else
            {
                body.ContentFormat = options.ContentFormat;
                body.Append(payload);
                _uploads.Grow(payload.Length);
                if (!block.More)
                {
                    _uploads.Remove(key);
                }
            }
        }

        if (body is null)
        {
            Send(answer with { Block1 = null }, ResponseWriter.Error(CoapCode.RequestEntityIncomplete, "A block is missing: begin with the first one."), observe: -1);
            return true;
        }

        if (!block.More)
        {
            return route.Resource.Handle(message, options, body.Bytes, route, answer);
        }

        answer.Send(CoapCode.Continue);
        return true;
    }

    private bool RefuseLarge(in Answer answer, ulong key)
    {
        lock (_lock)
        {
            _uploads.Remove(key);
        }

        Span<byte> body = stackalloc byte[16];
        var writer = new MessageWriter(body);
        writer.Write(OptionNumber.Size1, (uint)_options.MaximumBodySize);
        answer.Exchange.Respond(CoapCode.RequestEntityTooLarge, body[..writer.Length]);
        return true;
    }

    /// <summary>What blocks of one body have in common: the peer, the method, and the options but for those that differ from block to block (RFC 7959, section 2; RFC 9175, section 3).</summary>
    public static ulong KeyOf(in Message message, in Exchange exchange)
    {
        ulong key = Fingerprint.Of(exchange.Peer, [(byte)message.Code]);
        key = Fingerprint.Add(key, (ulong)System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(exchange.Channel));
        var options = new OptionReader(message.Options);
        while (options.Read())
        {
            if ((OptionNumber)options.Number is OptionNumber.Block1 or OptionNumber.Block2 or OptionNumber.Observe or OptionNumber.Echo || OptionRegistry.IsNoCacheKey(options.Number))
            {
                continue;
            }

            key = Fingerprint.Add(Fingerprint.Add(key, (ulong)options.Number), options.Value);
        }

        return key;
    }

    /// <summary>What is where (RFC 6690).</summary>
    private sealed class DiscoveryResource(Routes routes) : Resource(new CoapResourceOptions { IsListed = false, ContentFormats = [CoapContentFormat.LinkFormat] })
    {
        public override bool Handle(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Answer answer)
        {
            if (message.Code != CoapCode.Get)
            {
                answer.Send(CoapCode.MethodNotAllowed);
                return true;
            }

            if (options.Accept >= 0 && options.Accept != (int)CoapContentFormat.LinkFormat)
            {
                answer.Send(CoapCode.NotAcceptable);
                return true;
            }

            string links = LinkFormat.Write(routes.All, HandlerResource.QueryOf(message));
            if (links.Length == 0 && answer.Exchange.IsMulticast)
            {
                // Nobody wants to hear from all who have nothing (RFC 6690, section 4.1).
                answer.Exchange.Suppress();
                return true;
            }

            answer.Send(new CoapResponse { Code = CoapCode.Content, ContentFormat = CoapContentFormat.LinkFormat, Payload = Encoding.UTF8.GetBytes(links) });
            return true;
        }
    }
}
