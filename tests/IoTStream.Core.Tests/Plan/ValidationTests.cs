using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Plan;

[Parallelizable(ParallelScope.All)]
public class ValidationTests
{
    private static readonly (string Code, string Step, string Advice, Action<TopologyBuilder> Describe)[] Cases =
    [
        ("no-source", "", "From", _ => { }),
        ("no-sink", "", "To or ForEach", builder => builder.From("s", Numbers)),
        ("missing-name", "source-1", "give it one", builder => builder.From<int>(null!, Numbers).ForEach("end", _ => { })),
        ("missing-name", " ", "give it one", builder => builder.From(" ", Numbers).ForEach("end", _ => { })),
        ("missing-name", "", "give it one", builder => builder.From("s", Numbers).Select(value => value, name: "").ForEach("end", _ => { })),
        ("duplicate-name", "twice", "must be unique", builder => builder.From("twice", Numbers).ForEach("twice", _ => { })),
        ("stream-without-sink", "select-1", "To or ForEach", builder =>
        {
            DataStream<int> stream = builder.From("s", Numbers);
            stream.Select(value => value);
            stream.ForEach("end", _ => { });
        }),
        ("stream-without-sink", "split", "To or ForEach", builder =>
        {
            DataStream<int> stream = builder.From("s", Numbers);
            stream.Split(_ => true, name: "split");
            stream.ForEach("end", _ => { });
        }),
        ("window-without-event-time", "w", "WithEventTime", builder => Window(builder.From("s", Numbers).KeyBy(value => value))),
        ("window-without-event-time", "w", "every input", builder => Window(
            Timed(builder.From("a", Numbers)).Union(builder.From("b", Numbers)).KeyBy(value => value))),
        ("event-time-after-exchange", "event-time-1", "right after the source", builder =>
            Timed(builder.From("s", Numbers).Rebalance()).ForEach("end", _ => { })),
        ("source-aligned-twice", "again", "one step only", builder =>
        {
            WatermarkStrategy aligned = Watermarks.Monotonous().WithAlignment(new WatermarkAlignment(TimeSpan.FromSeconds(1)));
            DataStream<int> stream = builder.From("s", Numbers);
            stream.WithEventTime(aligned).ForEach("once", _ => { });
            stream.Where(_ => true).WithEventTime(aligned, name: "again").ForEach("twice", _ => { });
        }),
        ("key-without-hash", "key-by-1", "hash function", builder => Window(Timed(builder.From("s", Numbers)).KeyBy(value => (double)value))),
        ("dead-letters-without-sink", "select", "DeadLetters", builder =>
            builder.From("s", Numbers).Select(value => value, ErrorPolicy.DeadLetter, "select").ForEach("end", _ => { })),
        ("dead-letters-of-dead-letters", "again", "ErrorPolicy.Skip", builder =>
        {
            builder.From("s", Numbers).ForEach("end", _ => { });
            builder.DeadLetters.Select(letter => letter.Step, ErrorPolicy.DeadLetter, "again").ForEach("letters", _ => { });
        }),
    ];

    private static ISource<int> Numbers => new ArraySource<int>(1, 2, 3);

    [Test]
    public void Each_mistake_is_named_with_its_step_and_what_to_do([Range(0, 14)] int index)
    {
        (string code, string step, string advice, Action<TopologyBuilder> describe) = Cases[index];
        var builder = new TopologyBuilder("t");
        describe(builder);

        TopologyException refusal = Refusal(builder);

        TopologyError error = refusal.Errors.Should().Contain(found => found.Code == code).Which;
        error.Step.Trim().Should().Be(step.Trim());
        error.Message.Should().Contain(advice);
        refusal.Message.Should().Contain(error.Message).And.Contain($"({code})");
    }

    [Test]
    public void The_cases_above_are_all() => Cases.Should().HaveCount(15);

    [Test]
    public void All_mistakes_are_found_at_once()
    {
        var builder = new TopologyBuilder(" ");
        DataStream<int> stream = builder.From("a", Numbers);
        stream.Select(value => value, ErrorPolicy.DeadLetter, "a");
        Window(stream.KeyBy(value => (double)value));

        Refusal(builder).Errors.Select(error => error.Code).Should().BeEquivalentTo(
            "missing-name", "duplicate-name", "stream-without-sink", "window-without-event-time", "key-without-hash", "dead-letters-without-sink");
    }

    [Test]
    public void A_mistake_can_be_mended_and_the_builder_built_again()
    {
        var builder = new TopologyBuilder("t");
        DataStream<int> stream = builder.From("s", Numbers);
        Refusal(builder);
        stream.ForEach("end", _ => { });

        builder.Build().Name.Should().Be("t");
    }

    [Test]
    public void A_key_with_a_hash_of_its_own_is_accepted()
    {
        var builder = new TopologyBuilder("t");
        Window(Timed(builder.From("s", Numbers)).KeyBy(value => (double)value, key => (int)key));

        builder.Invoking(found => found.Build()).Should().NotThrow();
    }

    [Test]
    public void Streams_of_different_builders_cannot_be_united()
    {
        DataStream<int> stream = new TopologyBuilder("a").From("s", Numbers);
        DataStream<int> other = new TopologyBuilder("b").From("s", Numbers);

        stream.Invoking(found => found.Union(other)).Should().Throw<ArgumentException>().WithMessage("*same TopologyBuilder*");
    }

    private static TopologyException Refusal(TopologyBuilder builder) =>
        builder.Invoking(found => found.Build()).Should().Throw<TopologyException>().Which;

    private static DataStream<int> Timed(DataStream<int> stream) => stream.WithEventTime(_ => DateTimeOffset.UnixEpoch, Watermarks.Monotonous());

    private static void Window<TKey>(KeyedStream<TKey, int> stream)
        where TKey : notnull => stream.Window(Tumbling.Of(TimeSpan.FromMinutes(1)), AllowedLateness.None)
        .Aggregate("w", Aggregates.Count<int>()).ForEach("results", _ => { });
}
