using IoTStream.Coap.Connectors;
using IoTStream.Connectors;

namespace IoTStream.Coap;

/// <content>Sources of a server that has other resources, too.</content>
public sealed partial class CoapServer
{
    /// <summary>Describes a source of what devices send to a resource; see <see cref="CoapSource"/>. While a job reads it, the server has the resource. Stop the job before the server.</summary>
    /// <param name="template">The path of the resource, in which a name in braces stands for any one segment.</param>
    /// <param name="decoder">Decodes bodies; it is called by the thread that receives.</param>
    /// <param name="options">How; by default <see cref="CoapSourceOptions"/> as they are.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The template or an option is not valid.</exception>
    public ISource<T> Source<T>(string template, IDecoder<T> decoder, CoapSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return CoapSource.Create([template], _ => (this, false), RequestDecoder<T>.Of(decoder), options);
    }

    /// <summary>Describes a source of what devices send to the resources of a template, which makes records of bodies and paths; see <see cref="Source{T}(string, IDecoder{T}, CoapSourceOptions?)"/>.</summary>
    /// <param name="template">The path of the resources, in which a name in braces stands for any one segment.</param>
    /// <param name="decoder">Decodes bodies; it is called by the thread that receives.</param>
    /// <param name="bind">Makes a record of what was decoded and the path; called where the decoder is. If it throws, the request becomes a dead letter.</param>
    /// <param name="options">How; by default <see cref="CoapSourceOptions"/> as they are.</param>
    /// <typeparam name="TPayload">The type of what bodies are decoded to.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The template or an option is not valid.</exception>
    public ISource<T> Source<TPayload, T>(string template, IDecoder<TPayload> decoder, Func<TPayload, CoapPath, T> bind, CoapSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(bind);
        return CoapSource.Create([template], _ => (this, false), RequestDecoder<T>.Of(new ContentDecoders<TPayload>(decoder), bind), options);
    }
}
