using System.Text;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

/// <summary>Every third record makes a step fail.</summary>
[Parallelizable(ParallelScope.All)]
public class ErrorPolicyTests
{
    private static readonly string[] Steps = ["timestamp", "select", "where", "many", "split", "key", "add", "result", "each"];

    [Test]
    public async Task Failed_records_are_skipped_and_counted([ValueSource(nameof(Steps))] string step, [Values(1, 4)] int lanes, [Values] bool sliding)
    {
        var outcome = await RunAsync(step, ErrorPolicy.Skip, lanes, sliding);

        StepMetrics metrics = outcome.Metrics.Of(step is "key" or "add" or "result" ? "window" : step);
        long failures = outcome.Failures;
        (metrics.Errors, metrics.Dropped, metrics.DeadLetters).Should().Be((failures, failures, 0));
        outcome.Letters.Should().BeEmpty();
        outcome.Survivors.Should().Equal(Enumerable.Range(0, 30).Where(value => value % 3 != 0));
    }

    [Test]
    public async Task Failed_records_go_to_the_dead_letters([ValueSource(nameof(Steps))] string step, [Values(1, 4)] int lanes, [Values] bool sliding)
    {
        var outcome = await RunAsync(step, ErrorPolicy.DeadLetter, lanes, sliding);

        string name = step is "key" or "add" or "result" ? "window" : step;
        StepMetrics metrics = outcome.Metrics.Of(name);
        (metrics.Errors, metrics.Dropped, metrics.DeadLetters).Should().Be((outcome.Failures, 0, outcome.Failures));
        outcome.Survivors.Should().Equal(Enumerable.Range(0, 30).Where(value => value % 3 != 0));
        outcome.Letters.Should().HaveCount((int)outcome.Failures);
        outcome.Letters.Should().OnlyContain(letter => letter.Step == name && letter.Reason is FormatException);
        outcome.Letters.Select(letter => (int)letter.Element!).Distinct().Order().Should().Equal(Enumerable.Range(0, 10).Select(index => index * 3));
        if (step is not ("result" or "each"))
        {
            outcome.Letters.Should().OnlyContain(letter => letter.Partition.Source == "source" && letter.Headers.Text("id") == $"{letter.Element}");
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_window_join_that_fails_is_called_by_its_name(bool coGroup)
    {
        var builder = new TopologyBuilder("t");
        KeyedStream<int, int> keyed = builder.From("s", new ArraySource<int>(1, 2))
            .WithEventTime(value => DateTimeOffset.UnixEpoch, Watermarks.Monotonous())
            .KeyBy(value => value);
        WindowJoin<int, int, int> join = keyed.Join(keyed, Tumbling.Of(TimeSpan.FromSeconds(1)), AllowedLateness.None);
        DataStream<WindowResult<int, int>> results = coGroup
            ? join.CoGroup<int>("pairs of doors", (_, _, _, _) => throw new InvalidOperationException("no"))
            : join.Select<int>("pairs of doors", (_, _) => throw new InvalidOperationException("no"));
        results.ForEach("out", _ => { });

        Func<Task> run = () => builder.Build().RunAsync(new JobOptions { Lanes = 1 });

        (await run.Should().ThrowAsync<JobFailedException>()).Which.Step.Should().StartWith("pairs of doors");
    }

    [Test]
    public async Task Undecodable_payloads_reach_the_dead_letters_with_all_that_is_known_of_them([Values(1, 4)] int lanes)
    {
        var reason = new FormatException("no number");
        var sink = new CollectingSink<DeadLetter>();
        var builder = new TopologyBuilder("t");
        builder.From("source", Undecodable(reason)).ForEach("end", _ => { });
        builder.DeadLetters.To("letters", sink);

        IReadOnlyList<StepMetrics> metrics = await MetricsAsync(builder, lanes);

        DeadLetter letter = sink.Values.Should().ContainSingle().Which;
        (letter.Step, letter.Partition.Name, letter.Element).Should().Be(("source", "0", null));
        Encoding.UTF8.GetString(letter.Payload.Span).Should().Be("x");
        letter.Reason.Should().BeSameAs(reason);
        letter.Headers.Text("id").Should().Be("17");
        sink.Records[0].Context.Partition.Should().BeSameAs(letter.Partition);
        StepMetrics source = metrics.Of("source");
        (source.RecordsIn, source.RecordsOut, source.Errors, source.DeadLetters, source.Dropped).Should().Be((3, 2, 1, 1, 0));
    }

    [Test]
    public async Task Undecodable_payloads_that_nobody_consumes_are_counted()
    {
        var builder = new TopologyBuilder("t");
        builder.From("source", Undecodable(new FormatException())).ForEach("end", _ => { });

        StepMetrics source = (await MetricsAsync(builder, lanes: 1)).Of("source");

        (source.RecordsIn, source.RecordsOut, source.Errors, source.DeadLetters, source.Dropped).Should().Be((3, 2, 1, 1, 1));
    }

    [Test]
    public async Task Dead_letters_can_flow_into_the_sink_of_the_main_stream([Values(1, 4)] int lanes)
    {
        var sink = new CollectingSink<string>();
        var builder = new TopologyBuilder("t");
        DataStream<string> main = builder.From("source", new ArraySource<int>([.. Enumerable.Range(0, 100)]))
            .Select(value => value % 2 == 0 ? $"{value}" : throw new FormatException(), ErrorPolicy.DeadLetter, "select");
        builder.DeadLetters.Select(letter => $"{letter.Element}!").Union(main).To("sink", sink);

        await builder.Build().RunAsync(new JobOptions { Lanes = lanes, BatchSize = 4 });

        sink.Values.Should().BeEquivalentTo(Enumerable.Range(0, 100).Select(value => value % 2 == 0 ? $"{value}" : $"{value}!"));
    }

    private static ScriptedSource<int> Undecodable(Exception reason) => new(1, (batch, _, _) =>
    {
        batch.Add(1);
        batch.AddDeadLetter("x"u8.ToArray(), reason, new RecordHeaders(new RecordHeader("id", "17")));
        batch.Add(2);
        return ReadStatus.Ended;
    });

    private static async Task<IReadOnlyList<StepMetrics>> MetricsAsync(TopologyBuilder builder, int lanes)
    {
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes, BatchSize = 4 });
        await Connectors.Within.Time(job.Completion);
        return job.GetMetrics();
    }

    private static async Task<(List<int> Survivors, IReadOnlyList<DeadLetter> Letters, IReadOnlyList<StepMetrics> Metrics, long Failures)> RunAsync(
        string step, ErrorPolicy policy, int lanes, bool sliding)
    {
        ErrorPolicy At(string where) => where == step ? policy : ErrorPolicy.Fail;
        int Check(string where, int value) => where == step && value % 3 == 0 ? throw new FormatException() : value;
        IEnumerable<int> Expand(int value)
        {
            yield return Check("many", value);
        }

        var survivors = new CollectingSink<int>();
        var letters = new CollectingSink<DeadLetter>();
        var builder = new TopologyBuilder("t");
        var source = new ScriptedSource<int>(1, (batch, _, call) =>
        {
            for (int i = 0; i < 3; i++)
            {
                batch.Add((call * 3) + i, new RecordHeaders(new RecordHeader("id", $"{(call * 3) + i}")));
            }

            return call == 9 ? ReadStatus.Ended : ReadStatus.More;
        });
        DataStream<int> stream = builder.From("source", source)
            .WithEventTime(value => new DateTimeOffset(10_000 + Check("timestamp", value), TimeSpan.Zero), Watermarks.Monotonous(), At("timestamp"), "timestamp")
            .Select(value => Check("select", value), At("select"), "select")
            .Where(value => Check("where", value) >= 0, At("where"), "where")
            .SelectMany(Expand, At("many"), "many")
            .Split(value => Check("split", value) >= 0, At("split"), "split").Matching;
        var size = TimeSpan.FromTicks(1000);
        DataStream<int> results = stream.KeyBy(value => Check("key", value))
            .Window(sliding ? Sliding.Of(size, size / 2) : Tumbling.Of(size), AllowedLateness.None)
            .Aggregate(
                "window", () => 0, (int _, int value) => Check("add", value), value => Check("result", value),
                step is "key" or "add" or "result" ? policy : ErrorPolicy.Fail)
            .Select(result => result.Value);
        results.To("survivors", survivors);
        results.ForEach("each", value => Check("each", value), At("each"));
        if (policy == ErrorPolicy.DeadLetter)
        {
            builder.DeadLetters.To("letters", letters);
        }

        IReadOnlyList<StepMetrics> metrics = await MetricsAsync(builder, lanes);
        int windows = sliding ? 2 : 1;
        long failures = 10 * (step is "result" or "each" ? windows : 1);
        IEnumerable<int> values = survivors.Values.Distinct().Order();
        return ([.. step == "each" ? values.Where(value => value % 3 != 0) : values], letters.Values, metrics, failures);
    }
}
