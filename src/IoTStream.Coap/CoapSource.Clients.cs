using IoTStream.Coap.Connectors;
using IoTStream.Coap.Protocol;
using IoTStream.Connectors;

namespace IoTStream.Coap;

/// <content>Sources that ask devices.</content>
public static partial class CoapSource
{
    /// <summary>
    /// Observes resources of devices (RFC 7641) from one socket: each state that a device tells is a record. Devices that cannot be reached are asked again and again, and those that do not let themselves be observed
    /// when their last answer is stale. States can be left out, when they are overtaken on the way or the pipeline does not keep up; the newest one is not: at-most-once delivery.
    /// </summary>
    /// <param name="resources">The resources, such as <c>coap://192.0.2.7/temperature</c>, at least one.</param>
    /// <param name="client">How they are asked. Its clock is replaced by the job's.</param>
    /// <param name="decoder">Decodes bodies. One that does not decode becomes a dead letter.</param>
    /// <param name="bind">Makes a record of what was decoded and the resource.</param>
    /// <param name="options">What else there is to say; by default <see cref="CoapObserveOptions"/> as they are.</param>
    /// <typeparam name="TPayload">The type of what bodies are decoded to.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A URI or an option is not valid.</exception>
    public static ISource<T> Observe<TPayload, T>(
        IReadOnlyList<Uri> resources, CoapClientOptions client, IDecoder<TPayload> decoder, Func<TPayload, Uri, T> bind, CoapObserveOptions? options = null) =>
        Ask(resources, interval: null, client, decoder, bind, options);

    /// <summary>Reads resources of devices again and again, from one socket: each answer is a record. The first time is at random within an interval, so that devices are not asked all at once. At-most-once delivery.</summary>
    /// <param name="resources">The resources, such as <c>coap://192.0.2.7/temperature</c>, at least one.</param>
    /// <param name="interval">How often each is read; more than zero.</param>
    /// <param name="client">How they are asked. Its clock is replaced by the job's.</param>
    /// <param name="decoder">Decodes bodies. One that does not decode becomes a dead letter.</param>
    /// <param name="bind">Makes a record of what was decoded and the resource.</param>
    /// <param name="options">What else there is to say; by default <see cref="CoapObserveOptions"/> as they are.</param>
    /// <typeparam name="TPayload">The type of what bodies are decoded to.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">A URI or an option is not valid.</exception>
    public static ISource<T> Poll<TPayload, T>(
        IReadOnlyList<Uri> resources, TimeSpan interval, CoapClientOptions client, IDecoder<TPayload> decoder, Func<TPayload, Uri, T> bind, CoapObserveOptions? options = null)
    {
        OptionCheck.That(interval > TimeSpan.Zero && interval <= TimeSpan.FromDays(1), nameof(interval), "has to be more than zero and at most a day");
        return Ask(resources, interval, client, decoder, bind, options);
    }

    private static ResourceSource<T> Ask<TPayload, T>(
        IReadOnlyList<Uri> resources, TimeSpan? interval, CoapClientOptions client, IDecoder<TPayload> decoder, Func<TPayload, Uri, T> bind, CoapObserveOptions? options)
    {
        ArgumentNullException.ThrowIfNull(resources);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(bind);
        OptionCheck.That(resources.Count > 0, nameof(resources), "have to be at least one");
        foreach (Uri resource in resources)
        {
            OptionCheck.That(CoapClient.IsSpoken(RequestTarget.Of(resource).Scheme), nameof(resources), $"have to begin with coap, coaps, coap+tcp or coaps+tcp, and {resource} does not");
        }

        client.Validate();
        options ??= new CoapObserveOptions();
        options.Validate();
        return new ResourceSource<T>([.. resources], interval, client, ResponseDecoders.Of(decoder, bind), options);
    }
}
