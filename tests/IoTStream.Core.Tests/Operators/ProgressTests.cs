using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

/// <summary>Event time that goes on by the clock when the input is silent, on one lane and on several that know of each other.</summary>
[Parallelizable(ParallelScope.All)]
public class ProgressTests
{
    private const long Bound = 3;

    [Test]
    public void After_a_silence_the_watermark_goes_on_with_the_clock_the_same_on_any_number_of_lanes() => Property.Holds(
        random => (
            Partitions: random.Next(1, 5),
            Lanes: random.Next(1, 4),
            After: random.Next(1, 40),
            Steps: Enumerable.Range(0, random.Next(1, 60)).Select(_ => (Kind: random.Next(10), Partition: random.Next(5), By: random.Next(30))).ToArray()),
        input =>
        {
            var trial = new Trial(input.Partitions, input.Lanes, TimeSpan.FromMilliseconds(input.After));
            var latest = new long?[input.Partitions];
            var ended = new bool[input.Partitions];
            long lastRecord = 0;
            long now = 0;
            long watermark = Watermark.None;
            foreach ((int kind, int step, int by) in input.Steps)
            {
                int index = step % input.Partitions;
                if (kind < 4 && !ended[index])
                {
                    long time = Math.Max(0, (latest[index] ?? 0) + ((by - 5) * TimeSpan.TicksPerMillisecond));
                    trial.Push(index, time);
                    latest[index] = Math.Max(latest[index] ?? 0, time);
                    lastRecord = now;
                }
                else if (kind < 9)
                {
                    for (int i = 0; i < by; i++)
                    {
                        trial.MoveClock(TimeSpan.FromMilliseconds(1));
                        now++;
                        Progress();
                    }
                }
                else if (!ended[index] && ended.Count(found => !found) > 1)
                {
                    trial.Close(index);
                    ended[index] = true;
                }

                long[] open = [.. Open().Select(time => time ?? long.MinValue)];
                if (open.Min() != long.MinValue)
                {
                    watermark = Math.Max(watermark, open.Min() - Bound - 1);
                }

                trial.Watermark.Should().Be(watermark);
            }

            IEnumerable<long?> Open() => latest.Where((_, index) => !ended[index]);

            void Progress()
            {
                long after = input.After * TimeSpan.TicksPerMillisecond;
                long step = Math.Max(after / 10, TimeSpan.TicksPerMillisecond);
                long silence = (now - lastRecord) * TimeSpan.TicksPerMillisecond;
                if (silence >= after && Open().Max() is { } furthest)
                {
                    watermark = Math.Max(watermark, furthest - Bound - 1 + after + ((silence - after) / step * step));
                }
            }
        });

    [Test]
    public void Nothing_goes_on_before_the_first_record()
    {
        var trial = new Trial(partitions: 2, lanes: 1, TimeSpan.FromSeconds(1));

        trial.MoveClock(TimeSpan.FromSeconds(5));

        trial.Watermark.Should().Be(Watermark.None);
    }

    [Test]
    public void The_jump_after_the_silence_is_as_long_as_the_silence_and_the_steps_after_it_are_a_tenth()
    {
        var trial = new Trial(partitions: 1, lanes: 1, TimeSpan.FromSeconds(1));
        trial.Push(0, 100);
        trial.Watermark.Should().Be(96);

        trial.MoveClock(TimeSpan.FromMilliseconds(999));
        trial.Watermark.Should().Be(96);
        trial.MoveClock(TimeSpan.FromMilliseconds(1));
        trial.Watermark.Should().Be(96 + TimeSpan.TicksPerSecond);
        trial.MoveClock(TimeSpan.FromMilliseconds(99));
        trial.Watermark.Should().Be(96 + TimeSpan.TicksPerSecond);
        trial.MoveClock(TimeSpan.FromMilliseconds(1));
        trial.Watermark.Should().Be(96 + (11 * TimeSpan.TicksPerSecond / 10));
    }

    [Test]
    public void Time_in_which_a_lane_is_held_back_is_not_silence_for_any_of_them()
    {
        var trial = new Trial(partitions: 2, lanes: 2, TimeSpan.FromSeconds(1));
        trial.Push(0, 100);
        trial.Push(1, 200);
        trial.HoldBack(lane: 1, isHeldBack: true);
        trial.MoveClock(TimeSpan.FromSeconds(5));
        trial.WatermarkOfLane(0).Should().Be(96);
        trial.Watermark.Should().Be(96);

        trial.HoldBack(lane: 1, isHeldBack: false);
        trial.MoveClock(TimeSpan.FromSeconds(2));
        trial.Watermark.Should().BeGreaterThan(196);
    }

    [Test]
    public void Nothing_goes_on_after_the_end()
    {
        var trial = new Trial(partitions: 1, lanes: 1, TimeSpan.FromSeconds(1));
        trial.Push(0, 100);

        trial.Stop();
        trial.MoveClock(TimeSpan.FromSeconds(5));

        trial.Watermark.Should().Be(96, "a source that was stopped is not silent");
    }

    private sealed class Trial
    {
        private readonly FakeClock _clock = new();
        private readonly List<(OperatorContext Context, Operator<long> Operator, Probe<long> Probe, SourceHold Hold)> _lanes = [];
        private readonly SourcePartition[] _partitions;
        private readonly int[] _open;

        public Trial(int partitions, int lanes, TimeSpan after)
        {
            lanes = Math.Min(lanes, partitions);
            _open = new int[lanes];
            SourceHold[] holds = [.. Enumerable.Range(0, lanes).Select(_ => new SourceHold())];
            var activity = new InputActivity(lanes, holds);
            WatermarkStrategy strategy = Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(Bound)).WithProgress(after);
            for (int lane = 0; lane < lanes; lane++)
            {
                var context = new OperatorContext(lane, 8, _clock);
                var counters = new StepCounters("time", lane);
                var probe = new Probe<long>();
                _lanes.Add((
                    context,
                    new EventTimeOperator<long, PlainFunction<long, long>, TimestampRule<long>>(
                        new(value => value),
                        new(Bound),
                        strategy,
                        probe,
                        counters,
                        new ErrorHandler(ErrorPolicy.Fail, counters, null),
                        context,
                        new EventTimeScope([holds[lane]], activity)),
                    probe,
                    holds[lane]));
            }

            _partitions = [.. Enumerable.Range(0, partitions).Select(index => new SourcePartition("source", index, $"{index}"))];
            for (int index = 0; index < partitions; index++)
            {
                _open[index % lanes]++;
                OperatorOf(index).OnPartition(_partitions[index], ended: false);
            }
        }

        /// <summary>What an operator behind all lanes sees.</summary>
        public long Watermark => _lanes.Min(lane => lane.Probe.Watermark);

        public long WatermarkOfLane(int lane) => _lanes[lane].Probe.Watermark;

        public void Push(int partition, long time) => OperatorOf(partition).Push(_partitions[partition].Origin, (0, time));

        public void HoldBack(int lane, bool isHeldBack) => _lanes[lane].Hold.IsHeldBack = isHeldBack;

        public void Stop() => _lanes.ForEach(lane => lane.Operator.OnEnd());

        public void Close(int partition)
        {
            OperatorOf(partition).OnPartition(_partitions[partition], ended: true);
            if (--_open[partition % _lanes.Count] == 0)
            {
                OperatorOf(partition).OnWatermark(Time.Watermark.End);
                OperatorOf(partition).OnEnd();
            }
        }

        /// <summary>Moves the clock a millisecond at a time, with a look at the deadlines at each, as a lane would.</summary>
        public void MoveClock(TimeSpan by)
        {
            for (int i = 0; i < by.TotalMilliseconds; i++)
            {
                _clock.Advance(TimeSpan.FromMilliseconds(1));
                foreach (ITimed timed in _lanes.SelectMany(lane => lane.Context.Timed))
                {
                    if (timed.Deadline <= _clock.GetTimestamp())
                    {
                        timed.OnTime(_clock.GetTimestamp());
                        timed.Deadline.Should().BeGreaterThan(_clock.GetTimestamp(), "a lane that has done what was due can sleep");
                    }
                }
            }
        }

        private Operator<long> OperatorOf(int partition) => _lanes[partition % _lanes.Count].Operator;
    }
}
