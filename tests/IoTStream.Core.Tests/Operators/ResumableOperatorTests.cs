using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

[Parallelizable(ParallelScope.All)]
public class ResumableOperatorTests
{
    private static readonly SourcePartition Other = new("source", 1, "other");

    [Test]
    public void A_partition_that_ends_is_closed_after_its_records_that_still_wait()
    {
        var probe = new Probe<long>();
        var context = new OperatorContext(0, 16, TimeProvider.System);
        Operator<long> eventTime = EventTime(probe, context, bound: 100);
        eventTime.OnPartition(Sequence.Partition, ended: false);
        eventTime.OnPartition(Other, ended: false);
        eventTime.Push(Other.Origin, (0, 1000L));
        probe.Room = 1;

        // 5 is so far behind 500 that a watermark has to go out between the two: with room for one batch, 5 waits.
        eventTime.Push((0, 500L), (0, 300L), (0, 5L), (0, 310L));
        eventTime.OnPartition(Sequence.Partition, ended: true);
        probe.Room = int.MaxValue;
        Resume(context);

        probe.Log.Should().Equal("opened partition", "opened other", "1000", "500", "w:399", "300", "5", "310", "w:899", "closed partition");
    }

    [Test]
    public void A_partition_that_ends_behind_a_suspended_SelectMany_is_closed_after_the_results()
    {
        var probe = new Probe<int>();
        var context = new OperatorContext(0, 4, TimeProvider.System);
        var counters = new StepCounters("many", 0);
        var many = new SelectManyOperator<int, int, PlainFunction<int, IEnumerable<int>>>(
            new(count => Enumerable.Range(0, count)), probe, counters, new ErrorHandler(ErrorPolicy.Fail, counters, null), context);
        probe.Room = 1;

        many.Push((0, 6));
        many.OnPartition(Sequence.Partition, ended: true);
        probe.Room = int.MaxValue;
        Resume(context);

        probe.Log.Should().Equal("0", "1", "2", "3", "4", "5", "closed partition");
    }

    [Test]
    public void Batches_that_pile_up_in_front_of_a_full_downstream_are_passed_on_in_pieces_of_the_batch_size()
    {
        var probe = new Probe<long> { Room = 0 };
        var context = new OperatorContext(0, 4, TimeProvider.System);
        Operator<long> eventTime = EventTime(probe, context, bound: 0);

        eventTime.Push((0, 1L), (0, 2L), (0, 3L));
        eventTime.Push((0, 4L), (0, 5L), (0, 6L));
        eventTime.OnEnd();
        probe.Unasked.Should().Be(0);
        probe.Room = int.MaxValue;
        Resume(context);

        probe.Values.Should().Equal(1, 2, 3, 4, 5, 6);
        probe.BatchSizes.Should().OnlyContain(size => size <= 4);
        probe.HasEnded.Should().BeTrue();
    }

    private static void Resume(OperatorContext context)
    {
        while (context.Resumables.Exists(operation => operation.HasPending))
        {
            context.Resumables.ForEach(operation => operation.Resume());
        }
    }

    private static EventTimeOperator<long, PlainFunction<long, long>, TimestampRule<long>> EventTime(Probe<long> next, OperatorContext context, long bound)
    {
        var counters = new StepCounters("time", 0);
        return new(
            new(value => value),
            new(bound),
            Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(bound)),
            next,
            counters,
            new ErrorHandler(ErrorPolicy.Fail, counters, null),
            context,
            new EventTimeScope([], new InputActivity(1, [])));
    }
}
