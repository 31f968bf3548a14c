using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

/// <summary>Event time with partitions that fall silent, on a clock that the tests move.</summary>
[Parallelizable(ParallelScope.All)]
public class IdlenessTests
{
    private const int Timeout = 10;

    [Test]
    public void The_watermark_waits_for_every_partition_that_has_spoken_within_the_timeout() => Property.Holds(
        random => (Partitions: random.Next(1, 5), Steps: Enumerable.Range(0, random.Next(1, 50)).Select(_ => (Kind: random.Next(10), Partition: random.Next(5), By: random.Next(15))).ToArray()),
        input =>
        {
            var trial = new Trial(input.Partitions, bound: 3);
            var model = Enumerable.Range(0, input.Partitions).Select(_ => new Model()).ToList();
            long now = 0;
            long watermark = Watermark.None;
            foreach ((int kind, int index, int by) in input.Steps)
            {
                Model partition = model[index % input.Partitions];
                if (kind < 5 && !partition.HasEnded)
                {
                    long time = Math.Max(0, (partition.Latest ?? 0) + by - 5);
                    trial.Push(index % input.Partitions, time);
                    partition.Latest = Math.Max(partition.Latest ?? 0, time);
                    partition.LastSpoke = now;
                    partition.IsIdle = false;
                }
                else if (kind < 9)
                {
                    now += by;
                    trial.MoveClock(by);
                    model.ForEach(found => found.IsIdle |= now - found.LastSpoke >= Timeout);
                }
                else
                {
                    partition.HasEnded |= trial.Close(index % input.Partitions, partition.HasEnded);
                }

                Model[] open = [.. model.Where(found => !found.HasEnded)];
                Model[] active = [.. open.Where(found => !found.IsIdle)];
                long? allows = active.Length > 0 ? active.Min(found => found.Latest ?? long.MinValue) : open.Max(found => found.Latest);
                if (allows is { } latest and not long.MinValue)
                {
                    watermark = Math.Max(watermark, latest - 4);
                }

                trial.Probe.Watermark.Should().Be(watermark);
                trial.Probe.IsIdle.Should().Be(open.Length > 0 && active.Length == 0);
            }
        });

    [Test]
    public void A_partition_that_was_never_heard_of_is_waited_for_until_the_timeout()
    {
        var trial = new Trial(partitions: 2, bound: 0);
        trial.Push(0, 100);
        trial.Probe.Watermark.Should().Be(Watermark.None);

        trial.MoveClock(Timeout - 1);
        trial.Push(0, 110);
        trial.Probe.Watermark.Should().Be(Watermark.None);

        trial.MoveClock(1);
        trial.Probe.Watermark.Should().Be(109);
    }

    [Test]
    public void A_partition_is_not_silent_while_the_pipeline_is_full()
    {
        var trial = new Trial(partitions: 2, bound: 0);
        trial.Push(0, 100);
        trial.Push(1, 50);
        trial.Probe.Room = 0;
        trial.MoveClock(10 * Timeout);

        trial.Probe.Room = int.MaxValue;
        trial.MoveClock(Timeout - 1);
        trial.Probe.Watermark.Should().Be(49);
        trial.MoveClock(Timeout);
        trial.Probe.Watermark.Should().Be(99);
    }

    private sealed class Model
    {
        public long? Latest { get; set; }

        public long LastSpoke { get; set; }

        public bool IsIdle { get; set; }

        public bool HasEnded { get; set; }
    }

    private sealed class Trial
    {
        private readonly FakeClock _clock = new();
        private readonly OperatorContext _context;
        private readonly Operator<long> _operator;
        private readonly SourcePartition[] _partitions;

        public Trial(int partitions, long bound)
        {
            _context = new OperatorContext(0, 8, _clock);
            var counters = new StepCounters("time", 0);
            WatermarkStrategy strategy = Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(bound)).WithIdleness(TimeSpan.FromTicks(Timeout));
            _operator = new EventTimeOperator<long, PlainFunction<long, long>, TimestampRule<long>>(
                new(value => value), new(bound), strategy, Probe, counters, new ErrorHandler(ErrorPolicy.Fail, counters, null), _context, new EventTimeScope([], new InputActivity(1, [])));
            _partitions = [.. Enumerable.Range(0, partitions).Select(index => new SourcePartition("source", index, $"{index}"))];
            foreach (SourcePartition partition in _partitions)
            {
                _operator.OnPartition(partition, ended: false);
            }
        }

        public Probe<long> Probe { get; } = new();

        public void Push(int partition, long time) => _operator.Push(_partitions[partition].Origin, (0, time));

        public bool Close(int partition, bool isClosed)
        {
            if (!isClosed)
            {
                _operator.OnPartition(_partitions[partition], ended: true);
            }

            return true;
        }

        /// <summary>Moves the clock a tick at a time, with a look at the deadlines at each, as a lane would.</summary>
        public void MoveClock(int ticks)
        {
            for (int i = 0; i < ticks; i++)
            {
                _clock.Advance(TimeSpan.FromTicks(1));
                foreach (ITimed timed in _context.Timed)
                {
                    if (timed.Deadline <= _clock.GetTimestamp())
                    {
                        timed.OnTime(_clock.GetTimestamp());
                    }
                }
            }
        }
    }
}
