using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Plan;

[Parallelizable(ParallelScope.All)]
public class JoinValidationTests
{
    private static readonly Action<KeyedStream<int, int>, KeyedStream<int, int>>[] Joins =
    [
        (left, right) => left.Join(right, JoinInterval.After(TimeSpan.Zero), AllowedLateness.None).Select("join", (l, r) => l + r).ForEach("end", _ => { }),
        (left, right) => left.Join(right, Tumbling.Of(TimeSpan.FromDays(1)), AllowedLateness.None)
            .CoGroup("join", (_, _, l, r) => l.Count + r.Count).ForEach("end", _ => { }),
        (left, right) => left.JoinAsOf(right, AllowedLateness.None).Select("join", (l, r) => l + r).ForEach("end", _ => { }),
    ];

    private static TopologyBuilder NewBuilder => new("t");

    [Test]
    public void Both_streams_need_event_time([Range(0, 2)] int join, [Values] bool isLeftTimed)
    {
        TopologyBuilder builder = NewBuilder;

        Joins[join](Stream(builder, "a", isLeftTimed).KeyBy(value => value), Stream(builder, "b", !isLeftTimed).KeyBy(value => value));

        Refusal(builder).Errors.Should().Contain(error => error.Code == "join-without-event-time" && error.Step == "join")
            .Which.Message.Should().Contain("WithEventTime");
    }

    [Test]
    public void Both_streams_need_the_same_hash([Range(0, 2)] int join)
    {
        TopologyBuilder builder = NewBuilder;

        Joins[join](Stream(builder, "a", isTimed: true).KeyBy(value => value), Stream(builder, "b", isTimed: true).KeyBy(value => value, key => key + 1));

        TopologyError error = Refusal(builder).Errors.Should().ContainSingle().Which;
        error.Code.Should().Be("join-of-different-hashes");
        error.Step.Should().Be("join");
        error.Message.Should().Contain("same hash function");
    }

    [Test]
    public void Streams_of_other_topologies_are_refused([Range(0, 2)] int join)
    {
        Action mistake = () => Joins[join](
            Stream(NewBuilder, "a", isTimed: true).KeyBy(value => value), Stream(NewBuilder, "b", isTimed: true).KeyBy(value => value));

        mistake.Should().Throw<ArgumentException>().WithMessage("*same TopologyBuilder*");
    }

    [Test]
    public void Counted_windows_are_refused_as_they_would_count_the_streams_as_they_happen_to_interleave()
    {
        KeyedStream<int, int> keyed = Stream(NewBuilder, "a", isTimed: true).KeyBy(value => value);

        Action mistake = () => keyed.Join(keyed, CountWindows.Of(2), AllowedLateness.None);

        mistake.Should().Throw<ArgumentException>().WithMessage("*every 2 records*event time*");
    }

    [Test]
    public void Bounds_have_to_be_in_order()
    {
        Action reversed = () => JoinInterval.Between(TimeSpan.FromSeconds(1), TimeSpan.Zero);
        Action negative = () => JoinInterval.Around(TimeSpan.FromSeconds(-1));

        reversed.Should().Throw<ArgumentOutOfRangeException>();
        negative.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Test]
    public void Late_records_that_nobody_consumes_are_no_mistake_and_the_plan_tells_of_the_join()
    {
        TopologyBuilder builder = NewBuilder;
        Joins[0](Stream(builder, "a", isTimed: true).KeyBy(value => value), Stream(builder, "b", isTimed: true).KeyBy(value => value));

        builder.Build().Explain().Should().Contain("join").And.Contain("right from 00:00:00 to 00:00:00 after left");
    }

    private static DataStream<int> Stream(TopologyBuilder builder, string name, bool isTimed)
    {
        DataStream<int> stream = builder.From(name, new ArraySource<int>(1, 2, 3));
        return isTimed ? stream.WithEventTime(value => (long)value, Watermarks.Monotonous()) : stream;
    }

    private static TopologyException Refusal(TopologyBuilder builder) =>
        builder.Invoking(found => found.Build()).Should().Throw<TopologyException>().Which;
}
