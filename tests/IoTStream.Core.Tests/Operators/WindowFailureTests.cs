using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

/// <summary>What happens when functions of a window step throw.</summary>
[Parallelizable(ParallelScope.All)]
public class WindowFailureTests
{
    private static readonly JobOptions OneLane = new() { Lanes = 1 };

    [Test]
    public async Task A_key_whose_only_record_failed_gives_no_result([Values] bool sliding)
    {
        var sink = new CollectingSink<WindowResult<int, int>>();
        TopologyBuilder builder = Windows([1, 2, -3, 4], sliding, sink, () => 0, (sum, value) => value < 0 ? throw new FormatException() : sum + value, sum => sum, ErrorPolicy.Skip);

        await builder.Build().RunAsync(OneLane);

        sink.Values.Select(result => result.Key).Distinct().Should().Equal(1, 2, 4);
    }

    /// <summary>Some keys of a batch are new, some are not, and the functions of some records fail: all but those are counted, once.</summary>
    [Test]
    public void Records_that_fail_leave_no_trace_however_many_keys_are_new() => Property.Holds(
        random =>
        {
            int keys = random.Next(1, 60);
            int failing = random.Next(5, 60);
            return (
                BatchSize: random.Next(1, 40),
                Sliding: random.Next(2) == 0,
                FailingHash: random.Next(3) == 0,
                Values: Enumerable.Range(0, random.Next(random.Next(1, 300))).Select(i => new Value(random.Next(keys), i, random.Next(failing) == 0)).ToArray());
        },
        input => Task.Run(async () =>
        {
            var sink = new CollectingSink<WindowResult<FragileKey, long>>();
            var builder = new TopologyBuilder("t");
            var size = TimeSpan.FromTicks(40);
            builder.From("s", input.Values)
                .WithEventTime(value => new DateTimeOffset(value.Timestamp, TimeSpan.Zero), Watermarks.Monotonous())
                .KeyBy(value => new FragileKey(value.Key, input.FailingHash && value.Fails), key => key.Number, "key")
                .Window(input.Sliding ? Sliding.Of(size, size / 4) : Tumbling.Of(size), AllowedLateness.None)
                .Aggregate("w", Aggregates.FromMergeable<Value, long, long, FailsWhereSaid>(), ErrorPolicy.Skip)
                .To("sink", sink);
            await builder.Build().RunAsync(OneLane with { BatchSize = input.BatchSize });

            long slide = input.Sliding ? 10 : 40;
            sink.Values.Select(result => (result.Key.Number, result.Window.StartTicks, result.Value)).Should().BeEquivalentTo(
                from value in input.Values
                where !value.Fails
                from start in Enumerable.Range(0, (int)(40 / slide)).Select(i => (value.Timestamp / slide * slide) - (i * slide))
                group value by (value.Key, start) into window
                select (window.Key.Key, window.Key.start, (long)window.Count()));
        }).GetAwaiter().GetResult(),
        share: 5);

    [Test]
    public async Task A_key_whose_accumulator_could_not_be_created_gets_one_with_its_next_record([Values] bool sliding)
    {
        int created = 0;
        var sink = new CollectingSink<WindowResult<int, int>>();
        TopologyBuilder builder = Windows(
            [1, 1, 1], sliding, sink, () => ++created == 1 ? throw new FormatException() : new List<int>(), (list, value) => [.. list, value], list => list.Count, ErrorPolicy.Skip);

        await builder.Build().RunAsync(OneLane);

        // A record that failed in one of its windows is not put into the others.
        sink.Values.Select(result => result.Value).Should().OnlyContain(count => count == 2);
        sink.Values.Should().NotBeEmpty();
    }

    [Test]
    public async Task A_late_result_that_cannot_be_computed_fails_the_job_with_its_own_exception([Values] bool mergeable)
    {
        var builder = new TopologyBuilder("t");
        WindowedStream<int, long> windows = builder.From("s", new ArraySource<long>(5, 100, 6))
            .WithEventTime(value => new DateTimeOffset(value, TimeSpan.Zero), Watermarks.Monotonous())
            .KeyBy(_ => 1)
            .Window(Sliding.Of(TimeSpan.FromTicks(10), TimeSpan.FromTicks(5)), AllowedLateness.Of(TimeSpan.FromTicks(1000)));
        DataStream<WindowResult<int, long>> results = mergeable
            ? windows.Aggregate("w", Aggregates.FromMergeable<long, long, long, FailsOnTwo>())
            : windows.Aggregate("w", Aggregates.From<long, long, long, FailsOnTwo>());
        results.To("sink", new CollectingSink<WindowResult<int, long>>());

        JobFailedException failure = await builder.Build().FailAsync(OneLane);

        failure.Step.Should().Be("w");
        failure.InnerException.Should().BeOfType<FormatException>();
    }

    [Test]
    public async Task A_merge_that_throws_fails_the_job_in_the_step_of_the_window()
    {
        var builder = new TopologyBuilder("t");
        builder.From("s", new ArraySource<long>(5, 11, 100))
            .WithEventTime(value => new DateTimeOffset(value, TimeSpan.Zero), Watermarks.Monotonous())
            .KeyBy(_ => 1)
            .Window(Sliding.Of(TimeSpan.FromTicks(10), TimeSpan.FromTicks(5)), AllowedLateness.None)
            .Aggregate("w", Aggregates.FromMergeable<long, long, long, FailsToMerge>())
            .To("sink", new CollectingSink<WindowResult<int, long>>());

        JobFailedException failure = await builder.Build().FailAsync(OneLane);

        failure.Step.Should().Be("w");
        failure.InnerException.Should().BeOfType<FormatException>();
    }

    [Test]
    public async Task Results_that_all_fail_reach_the_dead_letters_in_batches_of_the_batch_size([Values] bool sliding)
    {
        var sink = new CollectingSink<WindowResult<int, int>>();
        var letters = new CollectingSink<string>();
        TopologyBuilder builder = Windows(
            [.. Enumerable.Range(1, 100)], sliding, sink, () => 0, (sum, value) => sum + value, _ => throw new FormatException(), ErrorPolicy.DeadLetter);
        builder.DeadLetters.Select(letter => letter.Step).To("letters", letters);

        await builder.Build().RunAsync(OneLane with { BatchSize = 8 });

        letters.Count.Should().Be(sliding ? 200 : 100);
        sink.Count.Should().Be(0);
    }

    private static TopologyBuilder Windows<TAccumulator>(
        int[] values,
        bool sliding,
        ISink<WindowResult<int, int>> sink,
        Func<TAccumulator> create,
        Func<TAccumulator, int, TAccumulator> add,
        Func<TAccumulator, int> result,
        ErrorPolicy onError)
    {
        var builder = new TopologyBuilder("t");
        var size = TimeSpan.FromTicks(1000);
        builder.From("s", new ArraySource<int>(values))
            .WithEventTime(_ => new DateTimeOffset(5000, TimeSpan.Zero), Watermarks.Monotonous())
            .KeyBy(value => value)
            .Window(sliding ? Sliding.Of(size, size / 2) : Tumbling.Of(size), AllowedLateness.None)
            .Aggregate("w", Aggregates.From(create, add, result), onError)
            .To("sink", sink);
        return builder;
    }

    private readonly record struct Value(int Key, long Timestamp, bool Fails);

    /// <summary>A key that may not let itself be hashed.</summary>
    private readonly record struct FragileKey(int Number, bool Fails)
    {
        public override int GetHashCode() => Fails ? throw new FormatException() : Number;
    }

    private struct FailsWhereSaid : IMergeableAggregate<Value, long, long>
    {
        public readonly long Create() => 0;

        public readonly void Add(ref long accumulator, Value value, RecordContext context) => accumulator += value.Fails ? throw new FormatException() : 1;

        public readonly void Merge(ref long accumulator, in long other) => accumulator += other;

        public readonly long GetResult(in long accumulator) => accumulator;
    }

    private struct FailsOnTwo : IMergeableAggregate<long, long, long>
    {
        public readonly long Create() => 0;

        public readonly void Add(ref long accumulator, long value, RecordContext context) => accumulator++;

        public readonly void Merge(ref long accumulator, in long other) => accumulator += other;

        public readonly long GetResult(in long accumulator) => accumulator == 2 ? throw new FormatException() : accumulator;
    }

    private struct FailsToMerge : IMergeableAggregate<long, long, long>
    {
        public readonly long Create() => 0;

        public readonly void Add(ref long accumulator, long value, RecordContext context) => accumulator++;

        public readonly void Merge(ref long accumulator, in long other) => throw new FormatException();

        public readonly long GetResult(in long accumulator) => accumulator;
    }
}
