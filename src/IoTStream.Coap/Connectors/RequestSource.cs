using IoTStream.Coap.Protocol;
using IoTStream.Coap.Server;
using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>A source of what devices send to a server's resources.</summary>
/// <param name="templates">The paths.</param>
/// <param name="decoder">Makes records of requests.</param>
/// <param name="options">How it takes them.</param>
/// <param name="server">Gives the server, and says whether it belongs to the source.</param>
internal sealed class RequestSource<T>(
    IReadOnlyList<PathTemplate> templates, RequestDecoder<T> decoder, CoapSourceOptions options, Func<SourceContext, (CoapServer Server, bool IsOwn)> server) : ISource<T>
{
    /// <summary>What is confirmable is sent again until it is acknowledged, and recognised then.</summary>
    public Delivery Delivery => Delivery.ExactlyOnce;

    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        (CoapServer listener, bool isOwn) = server(context);
        var resources = new List<Resource>();
        var partition = new SourcePartition(context.Step, 0, string.Join(", ", templates.Select(static template => template.Text)));
        var feed = new RequestFeed<T>(decoder, context, options, listener.Transmission, partition, DisposeAsync);
        try
        {
            foreach (PathTemplate template in templates)
            {
                var resource = new FeedResource(feed, options.Description);
                listener.Dispatcher.Routes.Add(template, resource);
                resources.Add(resource);
            }
        }
        catch
        {
            _ = feed.Queue.DisposeAsync().AsTask();
            throw;
        }

        if (isOwn)
        {
            listener.Listen();
        }

        return new([new RequestReader<T>(feed, context)]);

        async ValueTask DisposeAsync()
        {
            resources.ForEach(listener.Dispatcher.Routes.Remove);
            if (isOwn)
            {
                await listener.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private sealed class FeedResource(RequestFeed<T> feed, CoapResourceOptions description) : Resource(description)
    {
        public override bool Handle(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Answer answer) => feed.Take(message, options, body, route, answer);
    }
}
