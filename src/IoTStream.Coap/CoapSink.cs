using IoTStream.Coap.Connectors;
using IoTStream.Connectors;

namespace IoTStream.Coap;

/// <summary>Sinks that send records to devices with CoAP.</summary>
/// <remarks>
/// Each record is a confirmable request, which is sent until it has been answered with a success. In a job with an epoch log it is sent when its epoch is committed. At-least-once delivery: what was under way when the
/// job failed is sent again. Each request has an identifier by which somebody recognises it when it comes again, over whatever transport and from whichever process, as <see cref="CoapSource"/> does if
/// <see cref="CoapSourceOptions.DeduplicateFor"/> says so: see <see cref="CoapSinkOptions.Identify"/>.
/// </remarks>
public static class CoapSink
{
    /// <summary>Sends records to resources that are made of them.</summary>
    /// <param name="resource">Gives the resource of a record, such as <c>coap://192.0.2.7/valve</c>.</param>
    /// <param name="client">How it sends. Its clock is replaced by the job's.</param>
    /// <param name="encoder">Encodes bodies.</param>
    /// <param name="options">How; by default <see cref="CoapSinkOptions"/> as they are.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static ISink<T> To<T>(Func<T, Uri> resource, CoapClientOptions client, IEncoder<T> encoder, CoapSinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(encoder);
        client.Validate();
        options ??= new CoapSinkOptions();
        options.Validate();
        var sink = new RequestSink<T>(resource, client, encoder, options);
        return options.AfterCommit ? new EpochRequestSink<T>(sink) : sink;
    }

    /// <summary>Sends records to one resource, one after the other.</summary>
    /// <param name="resource">The resource, such as <c>coap://192.0.2.7/display</c>.</param>
    /// <param name="client">How it sends. Its clock is replaced by the job's.</param>
    /// <param name="encoder">Encodes bodies.</param>
    /// <param name="options">How; by default <see cref="CoapSinkOptions"/> as they are.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The resource or an option is not valid.</exception>
    public static ISink<T> To<T>(Uri resource, CoapClientOptions client, IEncoder<T> encoder, CoapSinkOptions? options = null)
    {
        OptionCheck.That(CoapClient.IsSpoken(Protocol.RequestTarget.Of(resource).Scheme), nameof(resource), "has to begin with coap, coaps, coap+tcp or coaps+tcp");
        return To(_ => resource, client, encoder, options);
    }
}
