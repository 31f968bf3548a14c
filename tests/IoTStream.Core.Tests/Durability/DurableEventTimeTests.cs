using IoTStream.Connectors;
using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Durability;

/// <summary>Event time over several lives of a job, in each of which partitions are read by other lanes, and some not at all.</summary>
public class DurableEventTimeTests
{
    [Test]
    public void Partitions_go_on_where_they_were_whoever_reads_them() => Property.Holds(random => random.Next(), seed =>
    {
        var random = new Random(seed);
        var image = new StateImage(shareBytes: 0);
        long bound = random.Next(20);
        long[] clocks = [.. Enumerable.Repeat(Watermark.None, random.Next(1, 6))];
        long start = Watermark.None;
        int id = 0;
        for (int life = 0; life < 4; life++)
        {
            int lanes = random.Next(1, 5);
            var inputs = image.Start(lanes).Select(capture =>
            {
                var next = new Probe<Reading>();
                return (Next: next, Operator: Create(bound, next, new OperatorContext(capture.Lane, 100, TimeProvider.System) { Capture = capture }));
            }).ToArray();
            image.Restore(_ => null);
            (int Lane, SourcePartition Partition)?[] read = [.. clocks.Select((_, index) =>
                random.Next(5) == 0 ? ((int, SourcePartition)?)null : (random.Next(lanes), new SourcePartition("source", index, $"name {index}")))];
            foreach ((int lane, SourcePartition partition) in read.OfType<(int, SourcePartition)>())
            {
                inputs[lane].Operator.OnPartition(partition, ended: false);
            }

            long[] watermarks = [.. inputs.Select(_ => start)];
            for (int steps = random.Next(20); steps > 0; steps--)
            {
                int index = random.Next(clocks.Length);
                if (read[index] is not { } one)
                {
                    continue;
                }

                var batch = new RecordBuffer<Reading>();
                for (int count = random.Next(1, 4); count > 0; count--)
                {
                    long time = (100 * (life + 1)) + random.Next(100);
                    batch.Add(0, new Reading(id++, 0, time, 0), one.Partition.Origin);
                    clocks[index] = Math.Max(clocks[index], time - bound - 1);
                }

                inputs[one.Lane].Operator.OnBatch(batch.AsBatch());
                long least = Enumerable.Range(0, clocks.Length).Where(other => read[other]?.Lane == one.Lane).Min(other => clocks[other]);
                watermarks[one.Lane] = Math.Max(watermarks[one.Lane], least);
                inputs[one.Lane].Next.Watermark.Should().Be(
                    watermarks[one.Lane] > start ? watermarks[one.Lane] : Watermark.None, "nobody is told again of a watermark of an earlier life");
            }

            long epoch = image.Begin();
            Array.ForEach(inputs, input => input.Operator.OnBarrier(epoch));
            image.Commit();
            int[] used = [.. read.OfType<(int Lane, SourcePartition)>().Select(one => one.Lane).Distinct()];
            start = used.Length > 0 ? used.Min(lane => watermarks[lane]) : Watermark.None;
            for (int index = 0; index < clocks.Length; index++)
            {
                clocks[index] = read[index] is null ? Watermark.None : clocks[index];
            }
        }
    });

    private static EventTimeOperator<Reading, PlainFunction<Reading, long>, TimestampRule<Reading>> Create(
        long bound, Probe<Reading> next, OperatorContext context)
    {
        var counters = new StepCounters("step", 0);
        return new(
            new(reading => reading.Time),
            new(bound),
            Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(bound)),
            next,
            counters,
            new ErrorHandler(ErrorPolicy.Fail, counters, null),
            context,
            new EventTimeScope([], new InputActivity(4, [])));
    }
}
