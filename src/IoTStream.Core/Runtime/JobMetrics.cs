using System.Diagnostics.Metrics;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Runtime;

/// <summary>Publishes what the steps count. The lanes only add to plain fields; reading them is the listener's cost.</summary>
internal sealed class JobMetrics : IDisposable
{
    public const string MeterName = "IoTStream";

    private IReadOnlyList<StepCounters> _counters;
    private IReadOnlyList<ExchangeFill> _exchanges;
    private readonly Counter<long> _epochs;
    private readonly Counter<long> _epochBytes;
    private readonly Counter<long> _restarts;
    private readonly Counter<long> _cutOff;
    private readonly Histogram<double> _alignment;
    private readonly Histogram<double> _commit;
    private readonly Histogram<double> _apply;
    private IReadOnlyList<StepMetrics>? _last;
    private EpochSession? _session;
    private readonly TimeProvider _timeProvider;
    private readonly string _topology;
    private readonly int _firstLane;
    private readonly Meter _meter;

    /// <param name="topology">The name of the topology.</param>
    /// <param name="counters">What the steps count.</param>
    /// <param name="exchanges">How full exchanges are.</param>
    /// <param name="options">How the job runs.</param>
    /// <param name="firstLane">The number by which the first lane is told from others of the topology.</param>
    public JobMetrics(string topology, List<StepCounters> counters, List<ExchangeFill> exchanges, JobOptions options, int firstLane)
    {
        _topology = topology;
        _firstLane = firstLane;
        _counters = counters;
        _exchanges = exchanges;
        _timeProvider = options.TimeProvider;
        var meterOptions = new MeterOptions(MeterName) { Version = typeof(JobMetrics).Assembly.GetName().Version?.ToString() };
        _meter = options.MeterFactory is { } factory ? factory.Create(meterOptions) : new Meter(meterOptions);
        Count("iotstream.step.records.in", "{record}", "Records given to a step.", static step => step.RecordsIn);
        Count("iotstream.step.records.out", "{record}", "Records passed on by a step.", static step => step.RecordsOut);
        Count("iotstream.step.records.late", "{record}", "Records later than the allowed lateness.", static step => step.Late);
        Count("iotstream.step.records.dropped", "{record}", "Records that went nowhere, by policy.", static step => step.Dropped);
        Count("iotstream.step.errors", "{record}", "Records on which a step failed.", static step => step.Errors);
        Count("iotstream.step.dead_letters", "{record}", "Failed records that were put aside.", static step => step.DeadLetters);
        _meter.CreateObservableGauge(
            "iotstream.table.keys",
            () => _counters.Where(static step => step.Keys >= 0).Select(step => Measure(step.Keys, step)),
            "{key}",
            "Keys that a table has a value for.");
        _meter.CreateObservableGauge(
            "iotstream.exchange.fill", ObserveFill, "1", "How full the queues between lanes are, from 0 to 1.");
        _epochs = _meter.CreateCounter<long>("iotstream.epoch.committed", "{epoch}", "Epochs that are durable.");
        _epochBytes = _meter.CreateCounter<long>("iotstream.epoch.bytes", "By", "Bytes of state, positions and outboxes that epochs have.");
        _alignment = _meter.CreateHistogram<double>("iotstream.epoch.alignment", "s", "From the request of an epoch until all steps have passed its barrier on.");
        _commit = _meter.CreateHistogram<double>("iotstream.epoch.commit", "s", "The append of an epoch to the log, and its sync.");
        _apply = _meter.CreateHistogram<double>("iotstream.epoch.apply", "s", "How long exactly-once sinks take to apply an epoch.");
        _restarts = _meter.CreateCounter<long>("iotstream.job.restarts", "{restart}", "Restarts of the job in this process.");
        _cutOff = _meter.CreateCounter<long>("iotstream.log.cut_off", "By", "Bytes of an epoch cut short by a crash, cut off when the log was opened.");
        _meter.CreateObservableGauge("iotstream.log.size", () => Observe(static session => session.TotalBytes), "By", "How long the epoch log is.");
        _meter.CreateObservableGauge(
            "iotstream.snapshot.age", () => Observe(static session => session.SnapshotAge), "{epoch}", "How many epochs ago the last complete snapshot began.");
        _meter.CreateObservableGauge(
            "iotstream.watermark.lag", ObserveLag, "s", "How far the watermark is behind the clock.");
    }

    /// <summary>The job has been restarted. The counts of its steps go on.</summary>
    public void GoOnWith(JobProgram program)
    {
        _counters = program.Counters;
        _exchanges = program.Exchanges;
        _restarts.Add(1, Tag("topology", _topology));
        Follow(program);
    }

    /// <summary>Tells of the epochs of a program that is about to run.</summary>
    public void Follow(JobProgram program)
    {
        _session = program.Session;
        if (program is { Session: { } session, Loop: { } loop })
        {
            loop.Committed = Record;
            if (session.CutOffBytes > 0)
            {
                _cutOff.Add(session.CutOffBytes, Tag("topology", _topology));
            }
        }
    }

    private void Record(EpochTimes epoch)
    {
        KeyValuePair<string, object?> topology = Tag("topology", _topology);
        _epochs.Add(1, topology);
        _epochBytes.Add(epoch.Bytes, topology);
        _alignment.Record(epoch.Alignment.TotalSeconds, topology);
        _commit.Record(epoch.Commit.TotalSeconds, topology);
        _apply.Record(epoch.Apply.TotalSeconds, topology);
    }

    private IEnumerable<Measurement<long>> Observe(Func<EpochSession, long> value) =>
        _session is { } session ? [new Measurement<long>(value(session), Tag("topology", _topology))] : [];

    public IReadOnlyList<StepMetrics> Snapshot() => _last ?? [.. _counters.GroupBy(counters => counters.Step, StringComparer.Ordinal).Select(Sum)];

    /// <summary>A factory may keep its meters: what is left of this one reports nothing and holds on to nothing.</summary>
    public void Dispose()
    {
        _last = Snapshot();
        _counters = [];
        _exchanges = [];
        _session = null;
        _meter.Dispose();
    }

    private static StepMetrics Sum(IGrouping<string, StepCounters> lanes)
    {
        long watermark = lanes.Min(lane => lane.Watermark);
        return new StepMetrics(
            lanes.Key,
            lanes.Sum(lane => lane.RecordsIn),
            lanes.Sum(lane => lane.RecordsOut),
            lanes.Sum(lane => lane.Late),
            lanes.Sum(lane => lane.Dropped),
            lanes.Sum(lane => lane.Errors),
            lanes.Sum(lane => lane.DeadLetters),
            IsTime(watermark) ? new DateTimeOffset(watermark, TimeSpan.Zero) : null);
    }

    private static bool IsTime(long watermark) => watermark >= 0 && watermark <= DateTime.MaxValue.Ticks;

    private void Count(string name, string unit, string description, Func<StepCounters, long> value) =>
        _meter.CreateObservableCounter(name, () => _counters.Select(step => Measure(value(step), step)), unit, description);

    private IEnumerable<Measurement<double>> ObserveFill() => _exchanges.Select(exchange => new Measurement<double>(
        exchange.Fill(), Tag("topology", _topology), Tag("step", exchange.Step), Tag("lane", _firstLane + exchange.Lane)));

    private IEnumerable<Measurement<double>> ObserveLag()
    {
        long now = _timeProvider.GetUtcNow().UtcTicks;
        foreach (StepCounters step in _counters)
        {
            if (IsTime(step.Watermark))
            {
                yield return Measure((now - step.Watermark) / (double)TimeSpan.TicksPerSecond, step);
            }
        }
    }

    private Measurement<TValue> Measure<TValue>(TValue value, StepCounters step)
        where TValue : struct => new(value, Tag("topology", _topology), Tag("step", step.Step), Tag("lane", _firstLane + step.Lane));

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);
}
