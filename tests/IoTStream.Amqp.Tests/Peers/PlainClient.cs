using System.Globalization;
using System.Text;
using RabbitMQ.Client;

namespace IoTStream.Amqp.Tests.Peers;

/// <summary>The bare client, to look at the other side of sources and sinks. One caller at a time.</summary>
internal sealed class PlainClient : IAsyncDisposable
{
    private readonly IConnection _connection;

    private PlainClient(IConnection connection, IChannel channel)
    {
        _connection = connection;
        Channel = channel;
    }

    public IChannel Channel { get; }

    public static async Task<PlainClient> ConnectAsync(int port)
    {
        var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = port, AutomaticRecoveryEnabled = false };
        IConnection connection = await factory.CreateConnectionAsync();
        return new PlainClient(connection, await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true)));
    }

    /// <summary>A channel that adds nothing to messages; the one that confirms adds a header.</summary>
    public Task<IChannel> OpenPlainChannelAsync() => _connection.CreateChannelAsync();

    /// <summary>Declares a durable queue with a name of its own.</summary>
    public async Task<string> QueueAsync(IDictionary<string, object?>? arguments = null)
    {
        string queue = $"test-{Guid.NewGuid():N}";
        await Channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments);
        return queue;
    }

    /// <summary>Declares a quorum queue with a name of its own.</summary>
    public Task<string> QuorumQueueAsync() => QueueAsync(new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });

    /// <summary>Publishes texts and waits until they are confirmed.</summary>
    public async Task PublishAsync(string queue, IEnumerable<string> texts, Func<string, string?>? identifier = null)
    {
        List<Task> confirmed = [];
        foreach (string text in texts)
        {
            var properties = new BasicProperties { Persistent = true };
            if (identifier?.Invoke(text) is { } given)
            {
                properties.MessageId = given;
            }

            confirmed.Add(Channel.BasicPublishAsync("", queue, mandatory: true, properties, Encoding.UTF8.GetBytes(text)).AsTask());
            if (confirmed.Count == 500)
            {
                await Task.WhenAll(confirmed);
                confirmed.Clear();
            }
        }

        await Task.WhenAll(confirmed);
    }

    /// <summary>Takes all that is ready.</summary>
    public async Task<IReadOnlyList<BasicGetResult>> TakeAsync(string queue)
    {
        List<BasicGetResult> taken = [];
        while (await Channel.BasicGetAsync(queue, autoAck: true) is { } message)
        {
            taken.Add(message);
        }

        return taken;
    }

    /// <summary>Waits until so many messages are ready, which no consumer has.</summary>
    public async Task WaitForAsync(string queue, uint ready)
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        while (await Channel.MessageCountAsync(queue) != ready)
        {
            limit.IsCancellationRequested.Should().BeFalse("{0} messages are ready: {1} are", ready, await Channel.MessageCountAsync(queue));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public static string TextOf(BasicGetResult message) => Encoding.UTF8.GetString(message.Body.Span);

    public static int NumberOf(BasicGetResult message) => int.Parse(TextOf(message), CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
