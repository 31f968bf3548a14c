using IoTStream.Core.Tests.Support;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Operators;

[Parallelizable(ParallelScope.All)]
public class AsOfJoinTests
{
    [Test]
    public void A_record_waits_for_the_watermark_of_the_table_and_not_for_its_own()
    {
        Trial trial = new();

        trial.Join.Right.Push((5, "a"));
        trial.Join.Left.Push((10, "x"));
        trial.Join.Right.Push((12, "c"), (9, "b"));
        trial.Next.Values.Should().BeEmpty();
        trial.Join.Right.OnWatermark(9);
        trial.Next.Values.Should().BeEmpty();
        trial.Join.Right.OnWatermark(10);

        trial.Next.Values.Should().Equal("x-b");
        trial.Next.Records[0].Context.TimestampTicks.Should().Be(10);
        trial.Operator.Waiting.Should().Be(0);
    }

    [Test]
    public void Waiting_records_come_in_the_order_of_time_and_one_that_need_not_wait_at_once()
    {
        Trial trial = new();

        trial.Join.Left.Push((10, "x"), (8, "y"), (11, "z"));
        trial.Join.Right.Push((8, "a"), (11, "b"));
        trial.Join.Right.OnWatermark(10);
        trial.Next.Values.Should().Equal("y-a", "x-a");
        trial.Join.Left.Push((9, "w"));

        trial.Next.Values.Should().Equal("y-a", "x-a", "w-a");
    }

    [Test]
    public void Of_versions_with_the_same_timestamp_the_last_to_arrive_is_valid()
    {
        Trial trial = new();

        trial.Join.Right.Push((8, "a"), (10, "b"), (8, "c"));
        trial.Join.Left.Push((9, "x"), (10, "y"));
        trial.Join.Right.OnWatermark(10);

        trial.Next.Values.Should().Equal("x-c", "y-b");
    }

    [Test]
    public void An_idle_table_holds_nothing_back()
    {
        Trial trial = new();

        trial.Join.Right.Push((8, "a"));
        trial.Join.Right.OnWatermark(8);
        trial.Join.Left.Push((20, "x"));
        trial.Join.Left.OnWatermark(20);
        trial.Next.Values.Should().BeEmpty();
        trial.Join.Right.OnIdle(true);

        trial.Next.Values.Should().Equal("x-a");
        trial.Next.Watermark.Should().Be(20);
    }

    [Test]
    public void A_deleted_row_is_none_from_its_deletion_on_and_is_forgotten_when_that_has_passed()
    {
        Trial trial = new(lateness: 3);

        trial.Join.Right.Push((5, "a"), (10, "-"));
        trial.Join.Left.Push((9, "x"), (10, "y"), (11, "z"));
        trial.Join.Right.OnWatermark(30);
        trial.Next.Values.Should().Equal("x-a", "y-", "z-");
        trial.Join.Left.OnWatermark(12);
        trial.Operator.Keys.Should().Be(1);
        trial.Join.Left.OnWatermark(13);

        trial.Operator.Keys.Should().Be(0);
    }

    [Test]
    public void Of_a_silent_key_the_last_version_before_the_records_to_come_is_kept()
    {
        Trial trial = new(lateness: 2);
        trial.Join.Right.Push([.. Enumerable.Range(0, 100).Select(time => ((long)time, $"v{time}"))]);
        trial.Join.Right.OnWatermark(1000);

        trial.Join.Left.OnWatermark(52);
        trial.Operator.VersionsOf("key").Should().Be(50);
        trial.Join.Left.Push((51, "x"), (50, "late"));
        trial.Join.Left.OnWatermark(500);

        trial.Operator.VersionsOf("key").Should().Be(1);
        trial.Next.Values.Should().Equal("x-v51");
        trial.Counters.Late.Should().Be(1);
        trial.Counters.Dropped.Should().Be(1);
    }

    [Test]
    public void A_late_version_is_counted_and_used_for_the_records_to_come()
    {
        Trial trial = new();

        trial.Join.Right.Push((5, "a"));
        trial.Join.Right.OnWatermark(10);
        trial.Join.Left.Push((8, "x"));
        trial.Join.Right.Push((7, "b"));
        trial.Join.Left.Push((9, "y"));

        trial.Next.Values.Should().Equal("x-a", "y-b");
        trial.Counters.Late.Should().Be(1);
        trial.Counters.Dropped.Should().Be(0);
    }

    private sealed class Trial
    {
        public Trial(long lateness = 0)
        {
            var key = new KeySelector<string, string>(_ => "key");
            Operator = new AsOfJoinOperator<string, string, string, string>(
                2,
                key,
                key,
                new AsOfJoinSettings<string>(lateness, IsOuter: true, row => row == "-"),
                (record, row) => $"{record}-{row}",
                late: null,
                Next,
                Counters,
                new ErrorHandler(ErrorPolicy.Fail, Counters, deadLetters: null),
                new OperatorContext(0, batchSize: 16, TimeProvider.System));
        }

        public AsOfJoinOperator<string, string, string, string> Operator { get; }

        public TwoInputOperator<string, string, string> Join => Operator;

        public Probe<string> Next { get; } = new();

        public StepCounters Counters { get; } = new("join", 0);
    }
}
