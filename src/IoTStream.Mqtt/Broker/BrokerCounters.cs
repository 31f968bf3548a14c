using System.Diagnostics.Metrics;

namespace IoTStream.Mqtt.Broker;

/// <summary>The broker's counts, as metrics under the name "IoTStream.Mqtt.Broker". Thread-safe.</summary>
/// <remarks>Counts are kept as plain numbers and observed, so that they cost the same whether or not somebody listens.</remarks>
internal sealed class BrokerCounters : IDisposable
{
    private static readonly DropReason[] Reasons = Enum.GetValues<DropReason>();
    private readonly Meter _meter = new("IoTStream.Mqtt.Broker");
    private readonly long[] _dropped = new long[Reasons.Length];
    private long _received;
    private long _sent;
    private long _protocolErrors;
    private long _faults;

    public BrokerCounters(Func<MqttBrokerStatistics> statistics)
    {
        _meter.CreateObservableUpDownCounter("iotstream.mqtt.broker.connections", () => statistics().Connections, "{connection}");
        _meter.CreateObservableUpDownCounter("iotstream.mqtt.broker.sessions", () => statistics().Sessions, "{session}");
        _meter.CreateObservableUpDownCounter("iotstream.mqtt.broker.subscriptions", () => statistics().Subscriptions, "{subscription}");
        _meter.CreateObservableUpDownCounter("iotstream.mqtt.broker.retained", () => statistics().RetainedMessages, "{message}");
        _meter.CreateObservableCounter("iotstream.mqtt.broker.messages.received", () => Received, "{message}");
        _meter.CreateObservableCounter("iotstream.mqtt.broker.messages.sent", () => Sent, "{message}");
        _meter.CreateObservableCounter("iotstream.mqtt.broker.messages.dropped", ObserveDropped, "{message}");
        _meter.CreateObservableCounter("iotstream.mqtt.broker.protocol_errors", () => ProtocolErrors, "{connection}");
        _meter.CreateObservableCounter("iotstream.mqtt.broker.faults", () => Faults, "{connection}", "Connections ended by a fault of the broker.");
    }

    public long Received => Interlocked.Read(ref _received);

    public long Sent => Interlocked.Read(ref _sent);

    public long ProtocolErrors => Interlocked.Read(ref _protocolErrors);

    public long Faults => Interlocked.Read(ref _faults);

    public long Dropped
    {
        get
        {
            long sum = 0;
            foreach (DropReason reason in Reasons)
            {
                sum += DroppedFor(reason);
            }

            return sum;
        }
    }

    public long DroppedFor(DropReason reason) => Interlocked.Read(ref _dropped[(int)reason]);

    public void CountReceived(long messages) => Interlocked.Add(ref _received, messages);

    public void CountSent(long messages) => Interlocked.Add(ref _sent, messages);

    public void CountProtocolError() => Interlocked.Increment(ref _protocolErrors);

    public void CountFault() => Interlocked.Increment(ref _faults);

    public void CountDropped(DropReason reason, long messages = 1) => Interlocked.Add(ref _dropped[(int)reason], messages);

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> ObserveDropped() =>
        Reasons.Select(reason => new Measurement<long>(DroppedFor(reason), new KeyValuePair<string, object?>("reason", NameOf(reason))));

    private static string NameOf(DropReason reason) => reason switch
    {
        DropReason.SlowConsumer => "slow_consumer",
        DropReason.Offline => "offline",
        DropReason.QueueFull => "queue_full",
        DropReason.TooLarge => "too_large",
        DropReason.Expired => "expired",
        DropReason.NotAuthorized => "not_authorized",
        _ => "retained_full",
    };
}
