using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Epochs;

/// <summary>A random topology of which it is known how many times each record comes to each place.</summary>
internal sealed class EpochTopology
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Random _random;
    private readonly int _lanes;
    private readonly int _most;
    private readonly Func<string, ValueTask> _wait;
    private readonly TopologyBuilder _builder = new("epochs");
    private readonly List<Flow> _flows = [];
    private readonly HashSet<Flow> _consumed = [];
    private readonly List<EpochLog> _logs = [];
    private readonly List<ItemSource> _sources = [];
    private readonly List<Func<Item, int>> _letters = [];
    private readonly WatermarkAlignment _together = new(TimeSpan.FromTicks(4));
    private bool _haveUnknownLetters;
    private int _named;

    /// <param name="random">Decides what it is.</param>
    /// <param name="lanes">How many lanes the job has.</param>
    /// <param name="most">How many records a reader may hand out.</param>
    /// <param name="wait">What asynchronous calls and sinks wait for.</param>
    public EpochTopology(Random random, int lanes, int most, Func<string, ValueTask> wait)
    {
        _random = random;
        _lanes = lanes;
        _most = most;
        _wait = wait;
        AddSources();
        for (int i = random.Next(8); i > 0; i--)
        {
            Grow();
        }

        if (_letters.Count > 0)
        {
            Func<Item, int>[] letters = [.. _letters];
            Probe(new Flow(
                _builder.DeadLetters.Select(letter => (Item)letter.Element!),
                _haveUnknownLetters ? null : item => letters.Sum(weight => weight(item))));
        }

        foreach (Flow flow in _flows.Where(flow => !_consumed.Contains(flow)))
        {
            EpochLog log = Log("sink", flow.Weight);
            flow.Stream.To(log.Name, new ItemSink(log, wait) { AllowsParallelWriters = random.Next(2) == 0 });
        }

        Topology = _builder.Build();
    }

    public Topology Topology { get; }

    public IReadOnlyList<EpochLog> Logs => _logs;

    public IReadOnlyList<ItemSource> Sources => _sources;

    private void AddSources()
    {
        bool areAligned = _random.Next(3) == 0;
        for (int i = _random.Next(1, 4); i > 0; i--)
        {
            string name = Name("source");
            int[] counts = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => _random.Next(_most))];
            var source = new ItemSource(name, counts, ends: _random.Next(4) > 0, _random.Next());
            _sources.Add(source);
            var flow = new Flow(_builder.From(name, source), item => item.Source == name ? 1 : 0);
            if (areAligned)
            {
                // What is held back here has been handed out already, so that it is before the next barrier.
                flow = Copied(flow);
                flow = flow with { Stream = Timed(flow.Stream, Watermarks.Monotonous().WithAlignment(_together)) };
            }

            Probe(flow);
        }
    }

    private void Grow()
    {
        Flow flow = Pick();
        Flow next = _random.Next(14) switch
        {
            0 => flow with { Stream = flow.Stream.Select(item => item) },
            1 => flow with { Stream = flow.Stream.Where(_ => true).Select(item => item) },
            2 => Copied(flow),
            3 => flow with { Stream = flow.Stream.Rebalance() },
            4 => flow with { Stream = Timed(flow.Stream) },
            5 => flow with { Stream = flow.Stream.KeyBy(item => item.Number % 5).Process(Name("process"), () => new PassOn()) },
            6 => flow with { Stream = flow.Stream.SelectAsync(CallAsync, new AsyncOptions { MaxInFlight = _random.Next(1, 5), KeepOrder = _random.Next(2) == 0 }) },
            7 => Broadcast(flow),
            8 => Failing(flow),
            9 => Parted(flow),
            10 => flow with { Stream = flow.Stream.Chunk(_random.Next(1, 6)).SelectMany(chunk => chunk), Weight = null },
            11 => Windowed(flow),
            12 => Paired(flow, Pick()),
            _ => United(flow, Pick()),
        };
        Probe(next);
    }

    private Flow Pick()
    {
        Flow flow = _flows[_random.Next(_flows.Count)];
        _consumed.Add(flow);
        return flow;
    }

    /// <summary>A flow with something after it that notes what comes.</summary>
    private void Probe(Flow flow) =>
        _flows.Add(flow with { Stream = Append(flow, new PassingNode(flow.Stream.Node, Log("probe", flow.Weight))) });

    private Flow Copied(Flow flow)
    {
        int copies = _random.Next(4);
        return new Flow(
            _random.Next(2) == 0
                ? flow.Stream.SelectMany(item => Enumerable.Repeat(item, copies))
                : Append(flow, new CopyingNode(flow.Stream.Node, copies, Log("copies", flow.Weight))),
            flow.Weight is { } weight ? item => copies * weight(item) : null);
    }

    private Flow Broadcast(Flow flow)
    {
        BroadcastNode<Item> node = _builder.Add(new BroadcastNode<Item>(flow.Stream.Node));
        int lanes = _lanes;
        return new Flow(new DataStream<Item>(_builder, node), flow.Weight is { } weight ? item => lanes * weight(item) : null);
    }

    private Flow Failing(Flow flow)
    {
        if (flow.Weight is null)
        {
            _haveUnknownLetters = true;
        }

        Func<Item, int> weight = flow.Weight ?? (_ => 0);
        _letters.Add(item => item.Number % 3 == 0 ? weight(item) : 0);
        return new Flow(
            flow.Stream.Select(item => item.Number % 3 == 0 ? throw new InvalidOperationException() : item, ErrorPolicy.DeadLetter),
            flow.Weight is null ? null : item => item.Number % 3 == 0 ? 0 : weight(item));
    }

    /// <summary>Two paths that part and meet again.</summary>
    private Flow Parted(Flow flow)
    {
        (DataStream<Item> even, DataStream<Item> odd) = flow.Stream.Split(item => item.Number % 2 == 0);
        return flow with { Stream = even.Chunk(1).SelectMany(chunk => chunk).Union(odd) };
    }

    private Flow Windowed(Flow flow)
    {
        if (flow.Stream.Node.HasEventTime)
        {
            flow.Stream.KeyBy(item => item.Reader).Window(Tumbling.Of(TimeSpan.FromTicks(4)), AllowedLateness.None)
                .Aggregate(Name("window"), Aggregates.Count<Item>()).ForEach(Name("each"), _ => { });
        }

        return flow with { Stream = flow.Stream.Select(item => item) };
    }

    private Flow Paired(Flow left, Flow right) => new(
        new DataStream<Item>(_builder, _builder.Add(new PairingNode(left.Stream.Node, right.Stream.Node, Log("pairs", Sum(left, right))))),
        Sum(left, right));

    private static Flow United(Flow left, Flow right) => new(left.Stream.Union(right.Stream), Sum(left, right));

    private static Func<Item, int>? Sum(Flow left, Flow right) =>
        left.Weight is { } first && right.Weight is { } second ? item => first(item) + second(item) : null;

    /// <summary>Assigns event time where that is allowed.</summary>
    private static DataStream<Item> Timed(DataStream<Item> stream) => stream.Node.FollowsExchange || stream.Node.IsExchange
        ? stream.Select(item => item)
        : Timed(stream, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(3)));

    private static DataStream<Item> Timed(DataStream<Item> stream, WatermarkStrategy watermarks) =>
        stream.WithEventTime(item => Start.AddTicks(item.Number), watermarks);

    private async ValueTask<Item> CallAsync(Item item, CancellationToken cancellationToken)
    {
        await _wait("call");
        return item;
    }

    private DataStream<Item> Append<TNode>(Flow flow, TNode node)
        where TNode : StreamNode<Item>, IConsumer<Item>
    {
        flow.Stream.Node.AddConsumer(node);
        return new DataStream<Item>(_builder, _builder.Add(node));
    }

    private EpochLog Log(string kind, Func<Item, int>? weight)
    {
        var log = new EpochLog(Name(kind), weight);
        _logs.Add(log);
        return log;
    }

    private string Name(string kind) => $"{kind}-{_named++}";

    /// <param name="Stream">A stream.</param>
    /// <param name="Weight">How many times a record comes in it; null if nobody can say how many have come at any moment.</param>
    private sealed record Flow(DataStream<Item> Stream, Func<Item, int>? Weight);

    private sealed class PassOn : KeyedProcess<int, Item, Item>
    {
        public override void OnRecord(Item record, KeyedProcessContext<int, Item> context) => context.Emit(record);
    }
}
