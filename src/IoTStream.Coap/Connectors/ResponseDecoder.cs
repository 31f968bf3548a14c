using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>Makes a record of the state of a resource.</summary>
internal delegate T ResponseDecoder<out T>(CoapResponse response, Uri uri);

/// <summary>Makes decoders of states.</summary>
internal static class ResponseDecoders
{
    public static ResponseDecoder<T> Of<TPayload, T>(IDecoder<TPayload> decoder, Func<TPayload, Uri, T> bind) =>
        (response, uri) => bind(decoder.Decode(new ReadOnlySequence<byte>(response.Payload)), uri);
}
