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
    private IReadOnlyList<StepMetrics>? _last;
    private readonly TimeProvider _timeProvider;
    private readonly string _topology;
    private readonly Meter _meter;

    public JobMetrics(string topology, List<StepCounters> counters, List<ExchangeFill> exchanges, JobOptions options)
    {
        _topology = topology;
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
        _meter.CreateObservableGauge(
            "iotstream.watermark.lag", ObserveLag, "s", "How far the watermark is behind the clock.");
    }

    /// <summary>The job has been restarted. The counts of its steps go on.</summary>
    public void GoOnWith(JobProgram program)
    {
        _counters = program.Counters;
        _exchanges = program.Exchanges;
    }

    public IReadOnlyList<StepMetrics> Snapshot() => _last ?? [.. _counters.GroupBy(counters => counters.Step, StringComparer.Ordinal).Select(Sum)];

    /// <summary>A factory may keep its meters: what is left of this one reports nothing and holds on to nothing.</summary>
    public void Dispose()
    {
        _last = Snapshot();
        _counters = [];
        _exchanges = [];
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
        exchange.Fill(), Tag("topology", _topology), Tag("step", exchange.Step), Tag("lane", exchange.Lane)));

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
        where TValue : struct => new(value, Tag("topology", _topology), Tag("step", step.Step), Tag("lane", step.Lane));

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);
}
