using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

/// <summary>Process functions through the public API.</summary>
[Parallelizable(ParallelScope.All)]
public class ProcessTests
{
    private static readonly JobOptions OneLane = new() { Lanes = 1 };

    [Test]
    public async Task Functions_can_count_and_set_timers([Values(1, 4)] int lanes)
    {
        var sink = new CollectingSink<string>();
        var builder = new TopologyBuilder("t");
        Timed(builder, 1, 2, 3, 11, 12, 23)
            .KeyBy(value => value % 10)
            .InOrder("order")
            .Process<int, string>(
                "count",
                () => 0,
                (ref int count, long value, KeyedProcessContext<long, string> context) =>
                {
                    count++;
                    context.SetEventTimer(context.Timestamp.AddTicks(5));
                },
                (ref int count, DueTimer timer, KeyedProcessContext<long, string> context) =>
                    context.Emit($"{context.Key} at {timer.TimeTicks}: {count}, {context.Watermark!.Value.UtcTicks}"))
            .To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = lanes });

        sink.Values.Should().BeEquivalentTo("1 at 6: 1, 6", "2 at 7: 1, 7", "3 at 8: 1, 8", "1 at 16: 2, 16", "2 at 17: 2, 17", "3 at 28: 2, 28");
    }

    [Test]
    public async Task What_is_sent_again_is_counted_as_dropped()
    {
        var sink = new CollectingSink<long>();
        var builder = new TopologyBuilder("t");
        Timed(builder, 1, 2, 11, 12, 23).KeyBy(value => value % 10).Deduplicate("once", TimeSpan.FromTicks(11)).InOrder("order")
            .Process<int, long>("all", () => 0, (ref int _, long value, KeyedProcessContext<long, long> context) => context.Emit(value))
            .To("sink", sink);

        await using Job job = await builder.Build().StartAsync(OneLane);
        await job.Completion;

        sink.Values.Should().BeEquivalentTo([1L, 2, 23]);
        job.GetMetrics().Single(metrics => metrics.Step == "once").Dropped.Should().Be(2);
    }

    [Test]
    public async Task Who_may_be_silent_for_ever_is_absent_when_the_input_ends()
    {
        var sink = new CollectingSink<Presence<long>>();
        var builder = new TopologyBuilder("t");
        Timed(builder, 1, 2).KeyBy(value => value).DetectAbsence("absence", TimeSpan.MaxValue).To("sink", sink);

        await builder.Build().RunAsync(OneLane);

        sink.Values.Should().OnlyContain(presence => !presence.IsPresent && presence.At == DateTimeOffset.MaxValue).And.HaveCount(2);
    }

    [Test]
    public async Task A_running_aggregate_gives_a_value_for_each_record([Values(1, 3)] int lanes)
    {
        var sink = new CollectingSink<KeyValuePair<bool, double>>();
        var builder = new TopologyBuilder("t");
        builder.From("s", new ArraySource<int>(1, 2, 3, 4, 5)).KeyBy(value => value % 2 == 0).Aggregate("mean", Aggregates.Mean<int>(value => value)).To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = lanes });

        sink.Values.Where(result => result.Key).Select(result => result.Value).Should().Equal(2, 3);
        sink.Values.Where(result => !result.Key).Select(result => result.Value).Should().Equal(1, 2, 3);
    }

    [Test]
    public async Task A_running_aggregate_starts_afresh_when_its_key_has_been_silent()
    {
        var sink = new CollectingSink<KeyValuePair<int, long>>();
        var builder = new TopologyBuilder("t");
        Timed(builder, 1, 2, 12, 21, 31).KeyBy(_ => 1).Aggregate("count", Aggregates.Count<long>(), StateTtl.ByEventTime(TimeSpan.FromTicks(10))).To("sink", sink);

        await builder.Build().RunAsync(OneLane);

        sink.Values.Select(result => result.Value).Should().Equal(1, 2, 1, 2, 1);
    }

    [Test]
    public async Task What_fails_in_a_record_or_a_timer_goes_by_the_policy([Values] ErrorPolicy policy, [Values] bool inTimer, [Values(1, 3)] int lanes)
    {
        var sink = new CollectingSink<string>();
        var letters = new CollectingSink<DeadLetter>();
        var builder = new TopologyBuilder("t");
        Timed(builder, 1, 2, 3, 4).KeyBy(value => value).Process("p", () => new Failing(inTimer), policy).To("sink", sink);
        builder.DeadLetters.To("letters", letters);
        Topology topology = builder.Build();

        if (policy == ErrorPolicy.Fail)
        {
            JobFailedException failure = await topology.FailAsync(new JobOptions { Lanes = lanes });
            (failure.Step, failure.InnerException!.Message).Should().Be(("p", "three"));
            return;
        }

        await using Job job = await topology.StartAsync(new JobOptions { Lanes = lanes });
        await Connectors.Within.Time(job.Completion);

        sink.Values.Should().BeEquivalentTo("1", "2", "3", "4");
        StepMetrics metrics = job.GetMetrics().Of("p");
        bool aside = policy == ErrorPolicy.DeadLetter;
        (metrics.Errors, metrics.Dropped, metrics.DeadLetters).Should().Be((1, aside ? 0 : 1, aside ? 1 : 0));
        if (aside)
        {
            DeadLetter letter = letters.Values.Should().ContainSingle().Which;
            (letter.Step, letter.Element, letter.Reason.Message, letter.Timestamp.UtcTicks).Should().Be(("p", 3L, "three", inTimer ? 103 : 3));
        }
    }

    [Test]
    public async Task A_rule_that_fails_goes_by_the_policy_on_each_lane([Values] ErrorPolicy policy)
    {
        var letters = new CollectingSink<DeadLetter>();
        var builder = new TopologyBuilder("t");
        Timed(builder, 1, 2).KeyBy(value => value)
            .Process("p", builder.From("rules", new ArraySource<string>("a", "bad", "b")).Broadcast(), () => new Ruled(), policy)
            .To("sink", new CollectingSink<string>());
        builder.DeadLetters.To("letters", letters);
        Topology topology = builder.Build();

        if (policy == ErrorPolicy.Fail)
        {
            (await topology.FailAsync(new JobOptions { Lanes = 2 })).Step.Should().Be("p");
            return;
        }

        await using Job job = await topology.StartAsync(new JobOptions { Lanes = 2 });
        await Connectors.Within.Time(job.Completion);

        StepMetrics metrics = job.GetMetrics().Of("p");
        bool aside = policy == ErrorPolicy.DeadLetter;
        (metrics.Errors, metrics.Dropped, metrics.DeadLetters).Should().Be((2, aside ? 0 : 2, aside ? 2 : 0));
        letters.Values.Select(letter => letter.Element).Should().Equal(Enumerable.Repeat<object>("bad", aside ? 2 : 0));
    }

    [Test]
    public async Task Rules_cannot_be_written_by_records()
    {
        var builder = new TopologyBuilder("t");
        Timed(builder, 1).KeyBy(value => value)
            .Process("p", builder.From("rules", new ArraySource<string>()).Broadcast(), () => new Ruled { WritesInRecord = true })
            .To("sink", new CollectingSink<string>());

        JobFailedException failure = await builder.Build().FailAsync(OneLane);

        failure.InnerException.Should().BeOfType<InvalidOperationException>().Which.Message.Should().Contain("only in OnBroadcast");
    }

    [Test]
    public async Task Rules_of_another_topology_are_refused()
    {
        BroadcastStream<string> rules = new TopologyBuilder("other").From("rules", new ArraySource<string>()).Broadcast();
        KeyedStream<long, long> keyed = Timed(new TopologyBuilder("t"), 1).KeyBy(value => value);

        keyed.Invoking(stream => stream.Process("p", rules, () => new Ruled())).Should().Throw<ArgumentException>();
        await Task.CompletedTask;
    }

    [Test]
    public async Task Side_outputs_go_where_they_are_asked_for_and_are_counted_where_not([Values] bool asked, [Values(1, 2)] int lanes)
    {
        var evens = new CollectingSink<int>();
        var builder = new TopologyBuilder("t");
        Timed(builder, 1, 2, 3, 4).KeyBy(value => value).Process("p", () => new Splitting(), out SideOutputs sides).To("sink", new CollectingSink<string>());
        if (asked)
        {
            sides.Of(new OutputTag<int>("even")).To("evens", evens);
        }

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes });
        await Connectors.Within.Time(job.Completion);

        evens.Values.Should().BeEquivalentTo(asked ? [2, 4] : Array.Empty<int>());
        job.GetMetrics().Of("p").Dropped.Should().Be(asked ? 0 : 2);
    }

    [Test]
    public async Task A_factory_that_gives_one_instance_to_all_lanes_fails_the_start()
    {
        var shared = new Splitting();
        var builder = new TopologyBuilder("t");
        Timed(builder, 1).KeyBy(value => value).Process("p", () => shared).To("sink", new CollectingSink<string>());

        JobFailedException failure = await builder.Build().FailAsync(new JobOptions { Lanes = 2 });

        failure.Step.Should().Be("p");
        failure.InnerException!.Message.Should().Contain("same instance twice");
    }

    [Test]
    public async Task Event_time_is_asked_for_only_where_there_is_some()
    {
        var timer = new TopologyBuilder("t");
        timer.From("s", new ArraySource<int>(1)).KeyBy(value => value)
            .Process<int, int>("p", () => 0, (ref int _, int _, KeyedProcessContext<int, int> context) => context.SetEventTimer(context.Timestamp))
            .To("sink", new CollectingSink<int>());
        var ttl = new TopologyBuilder("t");
        ttl.From("s", new ArraySource<int>(1)).KeyBy(value => value)
            .Aggregate("p", Aggregates.Count<int>(), StateTtl.ByEventTime(TimeSpan.FromTicks(1)))
            .To("sink", new CollectingSink<KeyValuePair<int, long>>());
        var order = new TopologyBuilder("t");
        order.From("s", new ArraySource<int>(1)).KeyBy(value => value).InOrder("p")
            .Aggregate("count", Aggregates.Count<int>())
            .To("sink", new CollectingSink<KeyValuePair<int, long>>());

        (await timer.Build().FailAsync(OneLane)).InnerException!.Message.Should().Contain("WithEventTime");
        (await ttl.Build().FailAsync(OneLane)).InnerException!.Message.Should().Contain("WithEventTime");
        order.Invoking(builder => builder.Build()).Should().Throw<TopologyException>().WithMessage("*WithEventTime*");
    }

    [Test]
    public async Task State_without_keys_is_kept_by_lane_and_given_at_the_end([Values] bool hasEventTime)
    {
        var sink = new CollectingSink<string>();
        var builder = new TopologyBuilder("t");
        DataStream<long> stream = hasEventTime ? Timed(builder, 1, 2, 3, 4, 5) : builder.From("s", new ArraySource<long>(1, 2, 3, 4, 5));
        stream.Process("pairs", () => new Pairs()).To("sink", sink);

        await builder.Build().RunAsync(OneLane);

        sink.Values.Should().Equal("1 2", "3 4", "5");
    }

    [Test]
    public async Task Functions_are_disposed_when_the_job_ends()
    {
        Pairs.Disposed = 0;
        var builder = new TopologyBuilder("t");
        Timed(builder, 1).Rebalance().Process("pairs", () => new Pairs()).To("sink", new CollectingSink<string>());

        await builder.Build().RunAsync(new JobOptions { Lanes = 3 });

        Pairs.Disposed.Should().BeGreaterThanOrEqualTo(3);
    }

    private static DataStream<long> Timed(TopologyBuilder builder, params long[] values) => builder
        .From("s", new ArraySource<long>(values))
        .WithEventTime(value => new DateTimeOffset(value, TimeSpan.Zero), Watermarks.Monotonous());

    private sealed class Failing(bool inTimer) : KeyedProcess<long, long, string>
    {
        public override void OnRecord(long record, KeyedProcessContext<long, string> context)
        {
            context.Emit($"{record}");
            context.SetEventTimer(context.Timestamp.AddTicks(100));
            if (!inTimer && record == 3)
            {
                throw new FormatException("three");
            }
        }

        public override void OnTimer(DueTimer timer, KeyedProcessContext<long, string> context)
        {
            if (inTimer && context.Key == 3)
            {
                throw new FormatException("three");
            }
        }
    }

    private sealed class Ruled : KeyedBroadcastProcess<long, long, string, string>
    {
        private readonly BroadcastMap<string, bool> _rules;

        public Ruled() => _rules = BroadcastStates.Map<string, bool>("rules");

        public bool WritesInRecord { get; init; }

        public override void OnRecord(long record, KeyedProcessContext<long, string> context)
        {
            if (WritesInRecord)
            {
                _rules["own"] = true;
            }
        }

        public override void OnBroadcast(string rule, BroadcastContext<long, string> context) =>
            _rules[rule] = rule == "bad" ? throw new FormatException() : true;
    }

    private sealed class Splitting : KeyedProcess<long, long, string>
    {
        private static readonly OutputTag<int> Even = new("even");

        public override void OnRecord(long record, KeyedProcessContext<long, string> context)
        {
            if (record % 2 == 0)
            {
                context.Emit(Even, (int)record);
            }
            else
            {
                context.Emit($"{record}");
            }
        }
    }

    /// <summary>Gives two records as one.</summary>
    private sealed class Pairs : Process<long, string>, IDisposable
    {
        private readonly ListState<long> _waiting;

        public Pairs() => _waiting = List<long>("waiting");

        public static int Disposed;

        public override void OnRecord(long record, ProcessContext<string> context)
        {
            _waiting.Add(record);
            if (_waiting.Count == 2)
            {
                Give(context);
            }
        }

        public override void OnWatermark(DateTimeOffset watermark, ProcessContext<string> context)
        {
            if (watermark == DateTimeOffset.MaxValue && _waiting.Count > 0)
            {
                Give(context);
            }
        }

        public void Dispose() => Interlocked.Increment(ref Disposed);

        private void Give(ProcessContext<string> context)
        {
            context.Emit(string.Join(' ', _waiting.Values.ToArray()));
            _waiting.Clear();
        }
    }
}
