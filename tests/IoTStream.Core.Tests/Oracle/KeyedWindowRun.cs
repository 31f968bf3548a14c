using System.Globalization;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Runs a case with device time or triggers through the engine.</summary>
internal sealed class KeyedWindowRun : ISummaryVisitor
{
    private readonly KeyedWindowCase _case;
    private readonly long _streamBound;
    private readonly TestSource<Reading> _source;
    private readonly TestSink<(int Key, long Start, string Text)> _results = new();
    private readonly TestSink<Reading> _late = new() { AllowsParallelWriters = true };

    private KeyedWindowRun(KeyedWindowCase input, long streamBound)
    {
        _case = input;
        _streamBound = streamBound;
        _source = new TestSource<Reading>(input.Partitions);
    }

    public IReadOnlyList<(int Key, long Start, string Text)> Results => _results.Values;

    public IEnumerable<int> Late => _late.Values.Select(reading => reading.Id);

    public IReadOnlyList<StepMetrics> Metrics { get; private set; } = [];

    /// <param name="input">The case.</param>
    /// <param name="streamBound">The bound of the stream's watermark; by default that of the case.</param>
    public static KeyedWindowRun Of(KeyedWindowCase input, long? streamBound = null)
    {
        var run = new KeyedWindowRun(input, streamBound ?? input.Bound);
        input.Summary.Accept(run);
        return run;
    }

    public object Visit<TResult>(Aggregation<Reading, TResult> aggregation)
    {
        var builder = new TopologyBuilder("keyed-windows");
        KeyedStream<int, Reading> keyed = builder.From("source", _source)
            .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(_streamBound)))
            .KeyBy(reading => reading.Key);
        AllowedLateness lateness = AllowedLateness.Of(TimeSpan.FromTicks(_case.Lateness));
        WindowedStream<int, Reading> windows = _case.HasDeviceTime
            ? keyed.WithDeviceTime(_case.DeviceTime).Window(_case.Windows, lateness)
            : keyed.Window(_case.Windows, lateness);
        if (_case.Trigger is { } trigger)
        {
            windows = windows.Trigger(trigger);
        }

        DataStream<WindowResult<int, TResult>> results = windows.Aggregate("window", aggregation, out DataStream<Reading> late);
        results.Select((result, context) =>
            {
                context.TimestampTicks.Should().Be(result.Window.End.UtcTicks - 1, "a result bears the last instant of its window");
                string text = string.Create(
                    CultureInfo.InvariantCulture, $"to {result.Window.End.UtcTicks}: {result.Value} {result.Timing} {result.Pane}");
                return (result.Key, result.Window.Start.UtcTicks, text);
            })
            .To("results", _results);
        results.KeyBy(_ => 0)
            .Window(Tumbling.Of(TimeSpan.FromTicks(7)), AllowedLateness.None)
            .Aggregate("all", Aggregates.Count<WindowResult<int, TResult>>())
            .ForEach("ignored", _ => { });
        late.To("late", _late);
        Run(builder.Build());
        return this;
    }

    private void Run(Topology topology)
    {
        using TestJob job = TestJob.Start(topology, _case.Options);
        foreach (((int Partition, Reading Reading)[] records, long pause) in _case.Portions)
        {
            foreach ((int partition, Reading reading) in records)
            {
                _source[partition].Add(reading);
            }

            job.AdvanceTime(TimeSpan.FromTicks(pause));
        }

        _source.End();
        job.RunToEnd();
        Metrics = job.GetMetrics();
    }
}
