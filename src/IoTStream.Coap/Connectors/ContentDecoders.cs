using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>The decoder of each content format, or one for all.</summary>
internal sealed class ContentDecoders<T>
{
    private readonly IDecoder<T>? _any;
    private readonly Dictionary<int, IDecoder<T>> _decoders = [];

    public ContentDecoders(IDecoder<T> any) => _any = any;

    /// <summary>One for each format; the first also for bodies that do not say what they are.</summary>
    public ContentDecoders(IReadOnlyList<KeyValuePair<CoapContentFormat, IDecoder<T>>> decoders)
    {
        foreach ((CoapContentFormat format, IDecoder<T> decoder) in decoders)
        {
            _decoders.Add((int)format, decoder);
            _decoders.TryAdd(-1, decoder);
        }
    }

    public IDecoder<T>? Find(int format) => _any ?? _decoders.GetValueOrDefault(format);
}
