using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Runs a case through the engine.</summary>
internal sealed class WindowRun : ISummaryVisitor
{
    private readonly WindowCase _case;
    private readonly Gate _gate;
    private readonly CollectingSink<(string Key, long Start, string Text)> _results;
    private readonly CollectingSink<Reading> _late;
    private readonly TopologyBuilder _builder = new("windows");
    private DataStream<Reading> _stream;

    private WindowRun(WindowCase input, Func<WindowRun, DataStream<Reading>> source)
    {
        _case = input;
        _gate = new Gate(new Random(input.Seed));
        Func<string, ValueTask> on = input.Threads ? async _ => await Task.Yield() : _gate.PassAsync;
        _results = new CollectingSink<(string, long, string)> { On = on };
        _late = new CollectingSink<Reading> { On = on, AllowsParallelWriters = true };
        _stream = null!;
        _stream = source(this);
    }

    public IReadOnlyList<StepMetrics> Metrics { get; private set; } = [];

    /// <summary>All results in the order in which they came.</summary>
    public IReadOnlyList<(string Key, long Start, string Text)> Results => _results.Values;

    public WindowOutcome Outcome => WindowOutcome.Of(_results.Values, _late.Values.Select(reading => reading.Id), Metrics.Of("window").Dropped);

    /// <summary>One source with all partitions of the case.</summary>
    public static WindowRun OfOneSource(WindowCase input) => Start(input, run => run.Timed(run.Source("source", input.Partitions)));

    /// <summary>A source for each partition, put together before or after event time is assigned.</summary>
    public static WindowRun OfUnion(WindowCase input, bool timedBefore) => Start(input, run =>
    {
        DataStream<Reading>[] sources = [.. input.Partitions.Select((readings, index) => run.Source($"source-{index}", [readings]))];
        return timedBefore
            ? run.Timed(sources[0]).Union([.. sources[1..].Select(run.Timed)])
            : run.Timed(sources[0].Union(sources.AsSpan(1)));
    });

    public object Visit<TResult>(Aggregation<Reading, TResult> aggregation)
    {
        AllowedLateness lateness = AllowedLateness.Of(TimeSpan.FromTicks(_case.Lateness));
        if (_case.TextKeys)
        {
            Finish(Windows(_stream.KeyBy(reading => $"key-{reading.Key}"), lateness), aggregation);
        }
        else
        {
            Finish(Windows(_stream.KeyBy(reading => reading.Key), lateness), aggregation);
        }

        return this;
    }

    private WindowedStream<TKey, Reading> Windows<TKey>(KeyedStream<TKey, Reading> stream, AllowedLateness lateness)
        where TKey : notnull => _case.Others.Length == 0
        ? stream.Window(_case.Windows, lateness)
        : stream.Windows(lateness, [_case.Windows, .. _case.Others.Select(WindowCase.WindowsOf)]);

    private static WindowRun Start(WindowCase input, Func<WindowRun, DataStream<Reading>> source)
    {
        var run = new WindowRun(input, source);
        input.Summary.Accept(run);
        run.Execute();
        return run;
    }

    private DataStream<Reading> Source(string name, Reading[][] partitions)
    {
        var random = new Random(_case.Seed);
        return _builder.From(name, new ArraySource<Reading>(partitions, _ => random.Next(1, _case.ReadSize + 1)));
    }

    private DataStream<Reading> Timed(DataStream<Reading> stream) =>
        stream.WithEventTime(reading => reading.Timestamp, _case.Watermarks);

    private void Finish<TKey, TResult>(WindowedStream<TKey, Reading> windows, Aggregation<Reading, TResult> aggregation)
        where TKey : notnull
    {
        windows.Aggregate("window", aggregation, out DataStream<Reading> late)
            .Select((result, context) =>
            {
                context.TimestampTicks.Should().Be(result.Window.End.UtcTicks - 1, "a result bears the last instant of its window");
                result.Window.Size.Should().Be(result.Window.End - result.Window.Start);
                string key = string.Create(CultureInfo.InvariantCulture, $"{result.Key}{WindowOracle.SizeText(_case, result.Window.Size.Ticks)}");
                string text = string.Create(CultureInfo.InvariantCulture, $"{result.Value} {result.Timing}/{result.Pane}");
                return (key, result.Window.Start.UtcTicks, text);
            })
            .To("results", _results);
        if (_case.LateIsConsumed)
        {
            late.To("late", _late);
        }
    }

    private void Execute()
    {
        Topology topology = _builder.Build();
        var options = new JobOptions { Lanes = _case.Lanes, BatchSize = _case.BatchSize, ExchangeCapacity = _case.ExchangeCapacity };
        if (_case.Threads)
        {
            Run.Now(async () =>
            {
                await using Job job = await topology.StartAsync(options);
                await job.Completion;
                Metrics = job.GetMetrics();
            });
        }
        else
        {
            Metrics = topology.Step(options, new Random(_case.Seed), _gate);
        }
    }
}
