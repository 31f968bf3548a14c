using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Runs a join case through the engine.</summary>
internal sealed class JoinRun
{
    private readonly JoinCase _case;
    private readonly Gate _gate;
    private readonly CollectingSink<(string Text, long Timestamp)> _results;
    private readonly CollectingSink<Reading> _lateLeft;
    private readonly CollectingSink<Reading> _lateRight;
    private readonly CollectingSink<DeadLetter> _deadLetters;
    private readonly TopologyBuilder _builder = new("joins");

    private JoinRun(JoinCase input)
    {
        _case = input;
        _gate = new Gate(new Random(input.Seed));
        Func<string, ValueTask> on = input.Threads ? async _ => await Task.Yield() : _gate.PassAsync;
        _results = new() { On = on };
        _lateLeft = new() { On = on, AllowsParallelWriters = true };
        _lateRight = new() { On = on };
        _deadLetters = new() { On = on };
    }

    public IReadOnlyList<StepMetrics> Metrics { get; private set; } = [];

    /// <summary>The results, each with its timestamp.</summary>
    public IEnumerable<string> Results => _results.Values.Select(result => $"{result.Text} at {result.Timestamp}");

    public IEnumerable<int> LateLeft => _lateLeft.Values.Select(reading => reading.Id);

    public IEnumerable<int> LateRight => _lateRight.Values.Select(reading => reading.Id);

    public IReadOnlyList<DeadLetter> DeadLetters => _deadLetters.Values;

    /// <summary>Written for each kind of join, for keys of any type.</summary>
    public interface IDescriber
    {
        DataStream<string> Describe<TKey>(
            KeyedStream<TKey, Reading> left, KeyedStream<TKey, Reading> right, out DataStream<Reading>? lateLeft, out DataStream<Reading>? lateRight)
            where TKey : notnull;
    }

    public static JoinRun Of(JoinCase input, IDescriber describer)
    {
        var run = new JoinRun(input);
        if (input.TextKeys)
        {
            run.Describe(reading => $"key-{reading.Key}", describer);
        }
        else
        {
            run.Describe(reading => reading.Key, describer);
        }

        run.Execute();
        return run;
    }

    private void Describe<TKey>(Func<Reading, TKey> key, IDescriber describer)
        where TKey : notnull
    {
        DataStream<Reading> left = Timed("left", _case.Left, _case.LeftBound);
        KeyedStream<TKey, Reading> leftKeyed = left.KeyBy(key);
        KeyedStream<TKey, Reading> rightKeyed = !_case.IsSelfJoin ? Timed("right", _case.Right, _case.RightBound).KeyBy(key)
            : _case.Seed % 2 == 0 ? leftKeyed
            : left.KeyBy(key);
        DataStream<string> results = describer.Describe(leftKeyed, rightKeyed, out DataStream<Reading>? lateLeft, out DataStream<Reading>? lateRight);
        results.Select((text, context) => (text, context.TimestampTicks)).To("results", _results);
        results.KeyBy(text => text.Length % 3)
            .Window(Tumbling.Of(TimeSpan.FromTicks(7)), AllowedLateness.None)
            .Aggregate("after", Aggregates.Count<string>())
            .ForEach("counted", _ => { });
        if (_case.FailsEvery > 0)
        {
            _builder.DeadLetters.To("dead-letters", _deadLetters);
        }

        if (_case.LateIsConsumed)
        {
            lateLeft?.To("late-left", _lateLeft);
            lateRight?.To("late-right", _lateRight);
        }
    }

    private DataStream<Reading> Timed(string name, Reading[] readings, long bound)
    {
        var random = new Random(_case.Seed);
        return _builder.From(name, new ArraySource<Reading>([readings], _ => random.Next(1, _case.ReadSize + 1)))
            .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(bound)));
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
