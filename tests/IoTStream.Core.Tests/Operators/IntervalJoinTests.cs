using IoTStream.Core.Tests.Support;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Operators;

[Parallelizable(ParallelScope.All)]
public class IntervalJoinTests
{
    [Test]
    public void A_pair_is_given_as_soon_as_the_later_record_arrives()
    {
        Trial trial = new(lower: -1, upper: 2);

        trial.Join.Left.Push((10, "a"));
        trial.Join.Right.Push((8, "b"), (9, "c"), (12, "d"), (13, "e"));
        trial.Join.Left.Push((11, "f"));

        trial.Next.Values.Should().Equal("a-c", "a-d", "f-d", "f-e");
        trial.Next.Records.Select(record => record.Context.TimestampTicks).Should().Equal(10, 12, 12, 13);
    }

    [Test]
    public void Stragglers_pair_as_if_they_had_come_in_order()
    {
        Trial trial = new(lower: 0, upper: 3);

        trial.Join.Left.Push((10, "a"), (14, "b"), (12, "c"), (11, "d"), (12, "e"));
        trial.Join.Right.Push((13, "x"));

        trial.Next.Values.Should().Equal("a-x", "d-x", "c-x", "e-x");
    }

    [Test]
    public void A_record_is_late_by_the_watermark_of_its_own_input_alone()
    {
        Trial trial = new(lower: 0, upper: 5);

        trial.Join.Right.Push((20, "x"));
        trial.Join.Right.OnWatermark(30);
        trial.Join.Left.Push((15, "on time"));
        trial.Join.Right.Push((30, "late"));

        trial.Next.Values.Should().Equal("on time-x");
        trial.Counters.Late.Should().Be(1);
        trial.Counters.Dropped.Should().Be(1);
    }

    [Test]
    public void A_record_waits_for_a_partner_that_is_just_on_time()
    {
        Trial trial = new(lower: 0, upper: 5);

        trial.Join.Right.OnWatermark(14);
        trial.Join.Left.Push((10, "a"));
        trial.Join.Right.Push((15, "x"));

        trial.Next.Values.Should().Equal("a-x");
    }

    [Test]
    public void An_idle_input_goes_with_the_other()
    {
        Trial trial = new(lower: 0, upper: 5);

        trial.Join.Right.OnIdle(true);
        trial.Join.Left.OnWatermark(20);
        trial.Join.Right.Push((20, "late"), (21, "x"));

        trial.Counters.Late.Should().Be(1);
    }

    [Test]
    public void Keys_are_forgotten_when_event_time_has_passed_their_records()
    {
        Trial trial = new(lower: 0, upper: 10, keyOf: text => text);
        for (int key = 0; key < 1000; key++)
        {
            trial.Join.Left.Push((key, $"{key}"));
        }

        trial.Operator.Keys.Should().Be(1000);
        for (long watermark = 1000; watermark < 1040; watermark++)
        {
            trial.Join.Left.OnWatermark(watermark);
            trial.Join.Right.OnWatermark(watermark);
        }

        trial.Operator.Keys.Should().Be(0);
    }

    [Test]
    public void Keys_are_forgotten_as_others_come_and_go()
    {
        Trial trial = new(lower: -2, upper: 10, keyOf: text => text);
        for (int key = 0; key < 10_000; key++)
        {
            trial.Join.Left.Push((key, $"{key}"));
            trial.Join.Right.Push((key, $"{key + 1}"));
            trial.Join.Left.OnWatermark(key - 1);
            trial.Join.Right.OnWatermark(key - 1);
            trial.Operator.Keys.Should().BeLessThan(60);
        }
    }

    [Test]
    public void A_record_without_a_partner_comes_when_it_is_certain_and_not_late()
    {
        Trial trial = new(lower: 0, upper: 5, OuterJoin.Full, text => text);

        trial.Join.Left.Push((10, "a"));
        trial.Join.Right.Push((11, "b"), (20, "c"));
        trial.Join.Left.Push((8, "b"), (12, "d"));
        trial.Join.Left.OnWatermark(30);
        trial.Join.Right.OnWatermark(14);
        trial.Next.Values.Should().Equal("b-b");
        trial.Join.Right.OnWatermark(15);
        trial.Next.Values.Should().Equal("b-b", "a-");
        trial.Join.Right.OnWatermark(20);

        trial.Next.Values.Should().Equal("b-b", "a-", "d-", "-c");
        trial.Next.Records.Select(record => record.Context.TimestampTicks).Should().Equal(11, 15, 17, 20);
    }

    private sealed class Trial
    {
        public Trial(long lower, long upper, OuterJoin outer = OuterJoin.None, Func<string, string>? keyOf = null)
        {
            var key = new KeySelector<string, string>(keyOf ?? (_ => "key"));
            Operator = new IntervalJoinOperator<string, string, string, string>(
                2,
                key,
                key,
                new IntervalJoinSettings(lower, upper, AllowedLateness: 0, outer),
                (left, right) => $"{left}-{right}",
                lateLeft: null,
                lateRight: null,
                Next,
                Counters,
                new ErrorHandler(ErrorPolicy.Fail, Counters, deadLetters: null),
                new OperatorContext(0, batchSize: 16, TimeProvider.System));
        }

        public IntervalJoinOperator<string, string, string, string> Operator { get; }

        public TwoInputOperator<string, string, string> Join => Operator;

        public Probe<string> Next { get; } = new();

        public StepCounters Counters { get; } = new("join", 0);
    }
}
