using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using IoTStream.Coap;
using IoTStream.Mqtt;
using PredictiveMaintenance.Machines;

namespace PredictiveMaintenance.Simulation;

/// <summary>How a machine reaches its gateway. It keeps its readings until they are acknowledged, as a controller with a little memory does.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private const int SideBySide = 8;

    // Ten minutes of readings.
    private const int Memory = 6_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly MqttClient _mqtt;
    private readonly CoapClient _coap;
    private readonly string _topic;
    private readonly Uri _resource;
    private readonly Channel<MotionReading> _motion = Channel.CreateBounded<MotionReading>(Memory);
    private readonly Channel<ProcessReading> _process = Channel.CreateBounded<ProcessReading>(Memory);
    private readonly CancellationTokenSource _giveUp = new();
    private readonly Task[] _senders;
    private long _bytes;

    private Connection(string machine, int mqttPort, int coapPort)
    {
        _topic = $"plant/{machine}/motion";
        _resource = new Uri($"coap://127.0.0.1:{coapPort}/plant/{machine}/process");
        _mqtt = new MqttClient(new MqttClientOptions
        {
            Host = "127.0.0.1",
            Port = mqttPort,
            ClientId = machine,
            CleanStart = false,
            SessionExpiry = TimeSpan.FromHours(1),
            Reconnect = new MqttReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(50), LongestDelay = TimeSpan.FromMilliseconds(500) },
        });
        _coap = new CoapClient(new CoapClientOptions { Transmission = new CoapTransmission { NStart = SideBySide, AckTimeout = TimeSpan.FromMilliseconds(500), MaxRetransmit = 2 } });
        _senders = [PublishAsync(), PostAsync()];
    }

    /// <summary>The bytes of the payloads of all readings, which is what would have to go up without a gateway.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public static async Task<Connection> OpenAsync(string machine, int mqttPort, int coapPort, CancellationToken cancellationToken)
    {
        var connection = new Connection(machine, mqttPort, coapPort);
        await connection._mqtt.ConnectAsync(cancellationToken);
        return connection;
    }

    /// <summary>Takes readings over; waits when there is no room for more.</summary>
    public async ValueTask SendAsync((MotionReading Motion, ProcessReading Process) readings, CancellationToken cancellationToken)
    {
        await _motion.Writer.WriteAsync(readings.Motion, cancellationToken);
        await _process.Writer.WriteAsync(readings.Process, cancellationToken);
    }

    /// <summary>Waits until the gateway has acknowledged everything.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        _motion.Writer.Complete();
        _process.Writer.Complete();
        await Task.WhenAll(_senders).WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _giveUp.CancelAsync();
        await Task.WhenAll(_senders).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _mqtt.DisposeAsync();
        await _coap.DisposeAsync();
        _giveUp.Dispose();
    }

    private Task PublishAsync() => SendAllAsync(_motion.Reader, reading =>
        _mqtt.PublishAsync(_topic, Encode(reading, MaintenanceJson.Default.MotionReading), MqttQualityOfService.AtLeastOnce, cancellationToken: _giveUp.Token).AsTask());

    private Task PostAsync() => SendAllAsync(_process.Reader, async reading =>
    {
        byte[] payload = Encode(reading, MaintenanceJson.Default.ProcessReading);
        while (!await TryPostAsync(payload))
        {
            await Task.Delay(Patience, _giveUp.Token);
        }
    });

    /// <summary>Sends readings side by side, but none that is much newer than one that is not acknowledged: so much out of order they come at most.</summary>
    private async Task SendAllAsync<T>(ChannelReader<T> readings, Func<T, Task> sendAsync)
    {
        Queue<Task> underWay = new();
        await foreach (T reading in readings.ReadAllAsync(_giveUp.Token))
        {
            underWay.Enqueue(sendAsync(reading));
            while (underWay.Count >= SideBySide || (underWay.TryPeek(out Task? first) && first.IsCompleted))
            {
                await underWay.Dequeue();
            }
        }

        await Task.WhenAll(underWay);
    }

    private async Task<bool> TryPostAsync(byte[] payload)
    {
        try
        {
            return (await _coap.PostAsync(_resource, payload, CoapContentFormat.Json, _giveUp.Token)).IsSuccess;
        }
        catch (Exception e) when (e is CoapException or IOException or TimeoutException)
        {
            return false;
        }
    }

    private byte[] Encode<T>(T reading, JsonTypeInfo<T> type)
    {
        byte[] payload = JsonSerializer.SerializeToUtf8Bytes(reading, type);
        Interlocked.Add(ref _bytes, payload.Length);
        return payload;
    }
}
