using System.Buffers;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Server;
using IoTStream.Connectors;
using Exchange = IoTStream.Coap.Messaging.Exchange;

namespace IoTStream.Coap.Connectors;

/// <summary>Makes a record of a request.</summary>
internal abstract class RequestDecoder<T>
{
    /// <summary>Whether a body of that content format can be decoded.</summary>
    /// <param name="format">The number; -1 if none is said.</param>
    public virtual bool Takes(int format) => true;

    public abstract T Decode(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Exchange exchange);

    /// <summary>Of the body alone.</summary>
    public static RequestDecoder<T> Of(IDecoder<T> decoder) => new BoundDecoder<T>(new ContentDecoders<T>(decoder), static (payload, _) => payload);

    /// <summary>Of the body and the path.</summary>
    public static RequestDecoder<T> Of<TPayload>(ContentDecoders<TPayload> decoders, Func<TPayload, CoapPath, T> bind) => new BoundDecoder<TPayload>(decoders, bind);

    /// <summary>Of all of the request.</summary>
    public static RequestDecoder<T> Of(Func<CoapServerRequest, T> decode) => new WholeDecoder(decode);

    private sealed class BoundDecoder<TPayload>(ContentDecoders<TPayload> decoders, Func<TPayload, CoapPath, T> bind) : RequestDecoder<T>
    {
        public override bool Takes(int format) => decoders.Find(format) is not null;

        public override T Decode(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Exchange exchange)
        {
            IDecoder<TPayload> decoder = decoders.Find(options.ContentFormat)!;

            // A decoder reads memory, and what was received is a span of a buffer that belongs to others.
            byte[] copy = ArrayPool<byte>.Shared.Rent(body.Length);
            try
            {
                body.CopyTo(copy);
                return bind(decoder.Decode(new ReadOnlySequence<byte>(copy, 0, body.Length)), route.Path);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(copy);
            }
        }
    }

    private sealed class WholeDecoder(Func<CoapServerRequest, T> decode) : RequestDecoder<T>
    {
        public override T Decode(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Exchange exchange) =>
            decode(HandlerResource.RequestOf(message, options, body, route, exchange));
    }
}
