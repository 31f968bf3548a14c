using System.Buffers;
using System.Globalization;
using IoTStream.Amqp;
using IoTStream.Connectors;
using RabbitMQ.Client;

namespace IoTStream.Benchmarks.Storage;

/// <summary>A durable queue of RabbitMQ. Bare: batches of persistent messages whose confirms the client keeps track of, as its documentation recommends, as many unconfirmed as our sink has.</summary>
internal sealed class AmqpStore(string host) : Store("RabbitMQ")
{
    private const string Queue = "iotstream-benchmark";

    private readonly AmqpServer _server = new(host);
    private IConnection? _connection;
    private IChannel? _channel;

    public override int Rows => 200_000;

    public override ISink<Row> Sink => AmqpSink.To(AmqpExchange.Default, _server, new Line(), message => message.RoutingKey(Queue));

    public override bool IsExactlyOnce => false;

    public override async Task EmptyAsync()
    {
        IChannel channel = await GetChannelAsync();
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false);
        await channel.QueuePurgeAsync(Queue);
    }

    public override async Task WriteBareAsync(Row[] rows)
    {
        var options = new AmqpSinkOptions();
        await using IConnection connection = await ConnectAsync();
        await using IChannel channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, new ThrottlingRateLimiter(options.MaximumInFlight)));
        var properties = new BasicProperties { Persistent = true };
        var line = new Line();
        List<Task> batch = [];
        foreach (Row row in rows)
        {
            var payload = new ArrayBufferWriter<byte>();
            line.Encode(row, payload);
            batch.Add(channel.BasicPublishAsync("", Queue, mandatory: true, properties, payload.WrittenMemory).AsTask());
            if (batch.Count == options.MaximumInFlight / 2)
            {
                await Task.WhenAll(batch);
                batch.Clear();
            }
        }

        await Task.WhenAll(batch);
    }

    public override async Task<long> CountAsync() => await (await GetChannelAsync()).MessageCountAsync(Queue);

    public override async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await (await GetChannelAsync()).QueueDeleteAsync(Queue);
            await _connection.DisposeAsync();
        }
    }

    private async Task<IChannel> GetChannelAsync()
    {
        _connection ??= await ConnectAsync();
        return _channel ??= await _connection.CreateChannelAsync();
    }

    private Task<IConnection> ConnectAsync()
    {
        string[] parts = host.Split(':');
        return new ConnectionFactory { HostName = parts[0], Port = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : AmqpTcpEndpoint.UseDefaultPort }.CreateConnectionAsync();
    }

    private sealed class Line : IEncoder<Row>
    {
        public void Encode(Row value, IBufferWriter<byte> output)
        {
            Span<byte> text = output.GetSpan(128);
            System.Text.Unicode.Utf8.TryWrite(text, CultureInfo.InvariantCulture, $"{value.Machine},{value.At:O},{value.Value}", out int length);
            output.Advance(length);
        }
    }
}
