using IoTStream.Coap.Connectors;
using IoTStream.Coap.Server;
using IoTStream.Connectors;

namespace IoTStream.Coap;

/// <summary>Sources of what devices send with CoAP.</summary>
/// <remarks>
/// <para>
/// A source is a server with resources to which devices POST or PUT their readings; both are treated alike, and answered with 2.04. A confirmable request is answered when the pipeline has taken its record
/// over, or, in a job with an epoch log, when the epoch that holds its effect is committed: with its acknowledgement if that is soon enough, which three quarters of
/// <see cref="CoapTransmission.AckTimeout"/> are, and otherwise for itself. What a device sends again, because it has no answer, is recognised, also by the next process: it has its effect once.
/// What is not confirmable is taken at most once, and answered at once.
/// </para>
/// <para>
/// When the pipeline does not keep up, requests are answered with 5.03 and a Max-Age, and have no effect. A body that does not decode becomes a dead letter, and is answered with 4.00. The records carry
/// <see cref="CoapHeaders.Path"/> as a header.
/// </para>
/// </remarks>
public static partial class CoapSource
{
    /// <summary>Takes what devices send to a resource of a server that runs as long as the job.</summary>
    /// <param name="template">The path of the resource, in which a name in braces stands for any one segment.</param>
    /// <param name="server">Where the server listens. Its clock is replaced by the job's.</param>
    /// <param name="decoder">Decodes bodies; it is called by the thread that receives.</param>
    /// <param name="options">How; by default <see cref="CoapSourceOptions"/> as they are.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The template or an option is not valid.</exception>
    public static ISource<T> Receive<T>(string template, CoapServerOptions server, IDecoder<T> decoder, CoapSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return Create([template], Own(server), RequestDecoder<T>.Of(decoder), options);
    }

    /// <summary>Takes what devices send to the resources of a template, and makes records of bodies and paths.</summary>
    /// <remarks>
    /// For example <c>CoapSource.Receive("sensors/{room}/temperature", server, Json.Of&lt;Reading&gt;(), (reading, path) =&gt; reading with { Room = path["room"] })</c>.
    /// </remarks>
    /// <param name="template">The path of the resources, in which a name in braces stands for any one segment.</param>
    /// <param name="server">Where the server listens. Its clock is replaced by the job's.</param>
    /// <param name="decoder">Decodes bodies; it is called by the thread that receives.</param>
    /// <param name="bind">Makes a record of what was decoded and the path; called where the decoder is. If it throws, the request becomes a dead letter.</param>
    /// <param name="options">How; by default <see cref="CoapSourceOptions"/> as they are.</param>
    /// <typeparam name="TPayload">The type of what bodies are decoded to.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The template or an option is not valid.</exception>
    public static ISource<T> Receive<TPayload, T>(
        string template, CoapServerOptions server, IDecoder<TPayload> decoder, Func<TPayload, CoapPath, T> bind, CoapSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(bind);
        return Create([template], Own(server), RequestDecoder<T>.Of(new ContentDecoders<TPayload>(decoder), bind), options);
    }

    /// <summary>Takes what devices send to the resources of templates in several content formats, and makes records of bodies and paths.</summary>
    /// <param name="templates">The paths of the resources, at least one.</param>
    /// <param name="server">Where the server listens. Its clock is replaced by the job's.</param>
    /// <param name="decoders">A decoder for each content format; the first one also for bodies that do not say what they are. Other formats are answered with 4.15.</param>
    /// <param name="bind">Makes a record of what was decoded and the path; called where the decoder is. If it throws, the request becomes a dead letter.</param>
    /// <param name="options">How; by default <see cref="CoapSourceOptions"/> as they are.</param>
    /// <typeparam name="TPayload">The type of what bodies are decoded to.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A template or an option is not valid, or a content format occurs twice.</exception>
    public static ISource<T> Receive<TPayload, T>(
        IReadOnlyList<string> templates,
        CoapServerOptions server,
        IReadOnlyList<KeyValuePair<CoapContentFormat, IDecoder<TPayload>>> decoders,
        Func<TPayload, CoapPath, T> bind,
        CoapSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(decoders);
        ArgumentNullException.ThrowIfNull(bind);
        return Create(templates, Own(server), RequestDecoder<T>.Of(new ContentDecoders<TPayload>(decoders), bind), options);
    }

    /// <summary>Takes what devices send to the resources of templates, and makes records of whole requests.</summary>
    /// <param name="templates">The paths of the resources, at least one.</param>
    /// <param name="server">Where the server listens. Its clock is replaced by the job's.</param>
    /// <param name="decode">Makes a record of a request; called by the thread that receives. If it throws, the request becomes a dead letter.</param>
    /// <param name="options">How; by default <see cref="CoapSourceOptions"/> as they are.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A template or an option is not valid.</exception>
    public static ISource<T> Receive<T>(IReadOnlyList<string> templates, CoapServerOptions server, Func<CoapServerRequest, T> decode, CoapSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(decode);
        return Create(templates, Own(server), RequestDecoder<T>.Of(decode), options);
    }

    internal static RequestSource<T> Create<T>(
        IReadOnlyList<string> templates, Func<SourceContext, (CoapServer Server, bool IsOwn)> server, RequestDecoder<T> decoder, CoapSourceOptions? options)
    {
        ArgumentNullException.ThrowIfNull(templates);
        OptionCheck.That(templates.Count > 0, nameof(templates), "have to be at least one");
        options ??= new CoapSourceOptions();
        options.Validate();
        return new RequestSource<T>([.. templates.Select(PathTemplate.Parse)], decoder, options, server);
    }

    private static Func<SourceContext, (CoapServer Server, bool IsOwn)> Own(CoapServerOptions server)
    {
        ArgumentNullException.ThrowIfNull(server);
        server.Validate();
        return context => (CoapServer.Create(server with { TimeProvider = context.TimeProvider }), true);
    }
}
