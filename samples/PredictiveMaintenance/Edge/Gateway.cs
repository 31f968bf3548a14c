using IoTStream.Coap;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt;
using IoTStream.Mqtt.Broker;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;
using PredictiveMaintenance.Analysis;
using PredictiveMaintenance.Machines;

namespace PredictiveMaintenance.Edge;

/// <summary>From readings to what goes up: alerts, diagnostics and summaries, and nothing else.</summary>
internal static class Gateway
{
    /// <summary>How long the stretches are that signals are taken from.</summary>
    public static readonly TimeSpan Stretch = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Once = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    // Requests are on their way side by side, and so may change places.
    private static readonly TimeSpan OutOfOrder = TimeSpan.FromSeconds(1);
    private static readonly DetectorOptions Watchful = new();
    private const long SpoolBytes = 256 << 20;

    public static Topology Describe(MqttBroker broker, EdgeOptions options)
    {
        var edge = new TopologyBuilder("edge");
        WatermarkStrategy watermarks = Watermarks.BoundedOutOfOrderness(OutOfOrder).WithIdleness(Silence);

        DataStream<Measurement> motion = edge
            .From("motion", broker.Source(
                "plant/{machine}/motion",
                Json.Of(MaintenanceJson.Default.MotionReading),
                static (reading, topic) => reading with { Machine = topic["machine"] },
                new MqttBrokerSourceOptions { Session = "edge", QualityOfService = MqttQualityOfService.AtLeastOnce }))
            .WithEventTime(static reading => reading.AtMs, watermarks)
            .KeyBy(static reading => reading.Machine)
            .Deduplicate("motion-once", static reading => reading.Number, Once)
            .WithDeviceTime(DeviceTime.Monotonous().WithIdleTimeout(Silence))
            .Window(Tumbling.Of(Stretch), AllowedLateness.None)
            .Aggregate("motion-signals", Aggregates.Collect<MotionReading>())
            .Select(Signals.Measure);

        DataStream<Measurement> process = edge
            .From("process", CoapSource.Receive(
                "plant/{machine}/process",
                new CoapServerOptions { Port = options.CoapPort },
                Json.Of(MaintenanceJson.Default.ProcessReading),
                static (reading, path) => reading with { Machine = path["machine"] }))
            .WithEventTime(static reading => reading.AtMs, watermarks)
            .KeyBy(static reading => reading.Machine)
            .Deduplicate("process-once", static reading => reading.Number, Once)
            .WithDeviceTime(DeviceTime.BoundedOutOfOrderness(OutOfOrder).WithIdleTimeout(Silence))
            .Window(Tumbling.Of(Stretch), AllowedLateness.None)
            .Aggregate("process-signals", Aggregates.Collect<ProcessReading>())
            .Select(Signals.Measure);

        DataStream<Finding> findings = Detect(motion, "motion-anomalies", Signals.OfMotion).Union(Detect(process, "process-anomalies", Signals.OfProcess));
        DataStream<Message> messages = findings.Select(Message.Of)
            .Union(Summarize(motion, "motion-hours", Signals.OfMotion, options), Summarize(process, "process-hours", Signals.OfProcess, options))
            .KeyBy(static message => message.Machine)
            .Process<long, Message>("number", static () => 0, static (ref long number, Message message, KeyedProcessContext<string, Message> context) =>
                context.Emit(message with { Number = ++number }));

        // What a person beside the machine is told, whether or not the link is there.
        findings.Where(static finding => finding is Alert).Select(static finding => (Alert)finding).ToConsole("local-alerts", static alert => $"{alert.At:HH:mm:ss.f} {alert.Machine}: {alert.Fault}, {alert.Signal} is off by {alert.Score:F0} deviations");

        var cloud = new MqttClientOptions { Host = "127.0.0.1", Port = options.UplinkPort, ClientId = "gateway", CleanStart = false, SessionExpiry = TimeSpan.FromDays(1) };
        messages.To("uplink", MqttSink.To(
            static message => $"up/{message.Machine}",
            cloud,
            Json.Of(MaintenanceJson.Default.Message),
            new MqttSinkOptions { Spool = SpoolOptions.In(DurableQueue.At(options.Folder.Of("spool")) with { MaxBytes = SpoolBytes }, "uplink") }));

        // For the accounts of the run: what there was to send, and how many readings it was made of.
        messages.To("sent", options.Folder.Epochs("sent", MaintenanceJson.Default.Message));
        motion.Union(process).Select(static measurement => new Heard(measurement.Machine, measurement.Readings))
            .To("heard", options.Folder.Epochs("heard", MaintenanceJson.Default.Heard));
        return edge.Build();
    }

    private static DataStream<Finding> Detect(DataStream<Measurement> measurements, string name, IReadOnlyList<Signal> signals) =>
        measurements.KeyBy(static measurement => measurement.Machine).Process(name, () => new Detector(signals, Watchful));

    private static DataStream<Message> Summarize(DataStream<Measurement> measurements, string name, IReadOnlyList<Signal> signals, EdgeOptions options) => measurements
        .KeyBy(static measurement => measurement.Machine)
        .WithDeviceTime(DeviceTime.Monotonous().WithIdleTimeout(Silence))
        .Window(Tumbling.Of(options.Hour), AllowedLateness.None)
        .Aggregate(name, Aggregates.Collect<Measurement>())
        .Select(window => new Message(window.Key, Hour: Hour.Of(window, signals)));
}

/// <summary>How many readings of a machine a measurement was made of.</summary>
internal sealed record Heard(string Machine, int Readings);
