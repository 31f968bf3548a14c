using System.Diagnostics;
using System.Diagnostics.Metrics;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Runtime;

/// <summary>What a job tells of itself: metrics and traces.</summary>
[Parallelizable(ParallelScope.All)]
public class ObservabilityTests
{
    private static int _names;

    [Test]
    public async Task Meters_and_snapshots_agree_with_what_happened([Values(1, 4)] int lanes)
    {
        string topology = $"metrics-{Interlocked.Increment(ref _names)}";
        var builder = new TopologyBuilder(topology);
        DataStream<WindowResult<int, long>> results = builder.From("source", new ScriptedSource<int>(1, (batch, _, call) =>
            {
                if (call == 0)
                {
                    foreach (int value in (int[])[10, 11, -1, 31, 12, 41])
                    {
                        batch.Add(value);
                    }
                }

                return ReadStatus.Drained;
            }))
            .Where(value => value >= 0 ? true : throw new FormatException(), ErrorPolicy.Skip, "where")
            .WithEventTime(value => DateTimeOffset.UnixEpoch.AddSeconds(value), Watermarks.Monotonous(), name: "time")
            .KeyBy(_ => 1)
            .Window(Tumbling.Of(TimeSpan.FromSeconds(10)), AllowedLateness.None)
            .Aggregate("window", Aggregates.Count<int>());
        var sink = new CollectingSink<WindowResult<int, long>>();
        results.To("sink", sink);
        results.ForEach("each", _ => { });
        var clock = new FakeClock();
        Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes, TimeProvider = clock });
        await Within.Until(() => job.GetMetrics().Of("sink").Watermark is not null && job.GetMetrics().Of("each").Watermark is not null && sink.Count == 2);

        IReadOnlyList<StepMetrics> metrics = job.GetMetrics();
        DateTimeOffset watermark = DateTimeOffset.UnixEpoch.AddSeconds(41).AddTicks(-1);
        metrics.Of("source").Should().Be(new StepMetrics("source", 6, 6, 0, 0, 0, 0, null));
        metrics.Of("where").Should().Be(new StepMetrics("where", 6, 5, 0, 1, 1, 0, null));
        metrics.Of("time").Should().Be(new StepMetrics("time", 5, 5, 0, 0, 0, 0, watermark));
        metrics.Of("window").Should().Be(new StepMetrics("window", 5, 2, 1, 1, 0, 0, watermark));
        metrics.Of("sink").Should().Be(new StepMetrics("sink", 2, 0, 0, 0, 0, 0, watermark));
        metrics.Of("each").Should().Be(new StepMetrics("each", 2, 0, 0, 0, 0, 0, watermark));

        Dictionary<(string Instrument, string Step), double> measured = Measure(topology);
        foreach (StepMetrics step in metrics)
        {
            measured[("iotstream.step.records.in", step.Step)].Should().Be(step.RecordsIn);
            measured[("iotstream.step.records.out", step.Step)].Should().Be(step.RecordsOut);
            measured[("iotstream.step.records.late", step.Step)].Should().Be(step.Late);
            measured[("iotstream.step.records.dropped", step.Step)].Should().Be(step.Dropped);
            measured[("iotstream.step.errors", step.Step)].Should().Be(step.Errors);
            measured[("iotstream.step.dead_letters", step.Step)].Should().Be(step.DeadLetters);
        }

        measured[("iotstream.watermark.lag", "sink")].Should().BeApproximately((clock.GetUtcNow() - watermark).TotalSeconds, 1e-3);
        if (lanes > 1)
        {
            measured[("iotstream.exchange.fill", "key-by-1")].Should().Be(0);
        }

        await Within.Time(job.DisposeAsync());
        Measure(topology).Should().BeEmpty("a job that is gone measures nothing");
    }

    [Test]
    public async Task The_life_of_a_job_is_traced()
    {
        using var traces = new Traces($"traces-{Interlocked.Increment(ref _names)}");
        var builder = new TopologyBuilder(traces.Topology);
        builder.From("s", new ScriptedSource<int>(1, (_, _, _) => ReadStatus.Drained)).ForEach("end", _ => { });
        await using (Job job = await builder.Build().StartAsync())
        {
            traces.Stopped.Should().Equal("iotstream.job.open");
            Activity.Current.Should().BeNull("a job does not become the parent of what its starter does next");
            await Within.Time(job.StopAsync());
        }

        await Within.Until(() => traces.Stopped.Count == 3);
        traces.Stopped.Should().BeEquivalentTo("iotstream.job.open", "iotstream.job.stop", "iotstream.job");
        Activity whole = traces.Of("iotstream.job");
        traces.Of("iotstream.job.open").ParentSpanId.Should().Be(whole.SpanId);
        traces.Of("iotstream.job.stop").ParentSpanId.Should().Be(whole.SpanId);
        traces.All.Should().OnlyContain(activity => activity.Status == ActivityStatusCode.Unset);
        traces.Of("iotstream.job.stop").Duration.Should().BePositive();
    }

    [Test]
    public async Task A_failure_is_traced_where_it_happened()
    {
        using var traces = new Traces($"traces-{Interlocked.Increment(ref _names)}");
        var builder = new TopologyBuilder(traces.Topology);
        builder.From("s", new ArraySource<int>(1)).ForEach("end", _ => throw new FormatException("broken"));
        await builder.Build().FailAsync();

        Activity whole = traces.Of("iotstream.job");
        whole.Status.Should().Be(ActivityStatusCode.Error);
        whole.StatusDescription.Should().Contain("end").And.Contain("broken");
        whole.Events.Should().Contain(found => found.Name == "exception");
        traces.Of("iotstream.job.open").Status.Should().Be(ActivityStatusCode.Unset);
    }

    [Test]
    public async Task A_failure_to_open_is_traced()
    {
        using var traces = new Traces($"traces-{Interlocked.Increment(ref _names)}");
        var builder = new TopologyBuilder(traces.Topology);
        builder.From("s", new ArraySource<int>(1)).To("sink", new CollectingSink<int> { On = _ => throw new FormatException() });
        await builder.Build().FailAsync();

        traces.Of("iotstream.job").Status.Should().Be(ActivityStatusCode.Error);
        traces.Of("iotstream.job.open").Status.Should().Be(ActivityStatusCode.Error);
    }

    [Test]
    public async Task A_stop_that_ends_in_a_failure_is_traced_as_one()
    {
        using var traces = new Traces($"traces-{Interlocked.Increment(ref _names)}");
        var builder = new TopologyBuilder(traces.Topology);
        var sink = new CollectingSink<int> { On = call => call == "complete" ? throw new FormatException() : default };
        builder.From("s", new ScriptedSource<int>(1, (_, _, _) => ReadStatus.Drained)).To("sink", sink);
        await using Job job = await builder.Build().StartAsync();
        Func<Task> stop = () => Within.Time(job.StopAsync());
        await stop.Should().ThrowAsync<JobFailedException>();

        await Within.Until(() => traces.Stopped.Contains("iotstream.job.stop"));
        traces.Of("iotstream.job.stop").Status.Should().Be(ActivityStatusCode.Error);
    }

    /// <summary>The measurements of a topology, summed over lanes.</summary>
    private static Dictionary<(string Instrument, string Step), double> Measure(string topology)
    {
        var measured = new Dictionary<(string, string), double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "IoTStream")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;

        void Add(string instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            Dictionary<string, object?> found = new(tags.ToArray());
            if ((string?)found["topology"] == topology)
            {
                (string, string) key = (instrument, (string)found["step"]!);
                measured[key] = measured.GetValueOrDefault(key) + value;
            }
        }
    }

    private sealed class Traces : IDisposable
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<Activity> _stopped = new();
        private readonly ActivityListener _listener;

        public Traces(string topology)
        {
            Topology = topology;
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "IoTStream",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity =>
                {
                    if ((string?)activity.GetTagItem("iotstream.topology") == topology)
                    {
                        _stopped.Enqueue(activity);
                    }
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public string Topology { get; }

        public IReadOnlyList<Activity> All => [.. _stopped];

        public IReadOnlyList<string> Stopped => [.. All.Select(activity => activity.OperationName)];

        public Activity Of(string name) => All.Single(activity => activity.OperationName == name);

        public void Dispose() => _listener.Dispose();
    }
}
