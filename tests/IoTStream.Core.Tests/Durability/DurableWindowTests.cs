using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Durability;

/// <summary>Windows of all kinds over several lives of a job.</summary>
[Parallelizable(ParallelScope.All)]
public class DurableWindowTests
{
    [Test]
    public void Tumbling_windows_go_on_where_they_were() => Holds(Summary.All, random => new Windows([Settings(random, overlap: false)]));

    [Test]
    public void Overlapping_windows_go_on_where_they_were() => Holds(Summary.All, random => new Windows([Settings(random, overlap: true)]));

    [Test]
    public void Windows_that_share_slices_go_on_where_they_were() => Holds(Summary.Mergeable, random =>
    {
        WindowSettings first = Settings(random, overlap: true);
        WindowSettings second = Settings(random, overlap: random.Next(2) == 0);
        return new Windows([first, second with { Size = second.Size + first.Size, AllowedLateness = first.AllowedLateness }]);
    });

    [Test]
    public void Windows_of_a_calendar_go_on_where_they_were() => Holds(Summary.All, random => new CivilWindows(new CivilWindowSettings(
        new CivilCalendar(Zones.All[random.Next(Zones.All.Length)].Zone, CivilPeriod.Day, DayOfWeek.Monday),
        random.Next(2) * random.Next(60) * TimeSpan.TicksPerHour)));

    [Test]
    public void Windows_with_triggers_go_on_where_they_were([Values] bool sessions) => Holds(sessions ? Summary.Mergeable : Summary.All, random =>
        new KeyedWindows(new KeyedWindowSettings(
            Settings(random, overlap: random.Next(2) == 0),
            KeyedWindowCase.RandomTrigger(random, byClock: random.Next(2) == 0, byEventTime: true).Settings,
            DeviceTime: null)
        {
            AreSessions = sessions,
        }));

    [Test]
    public void Windows_by_device_time_go_on_where_they_were([Values] bool sessions) => Holds(sessions ? Summary.Mergeable : Summary.All, random =>
    {
        DeviceTime time = DeviceTime.BoundedOutOfOrderness(TimeSpan.FromTicks(random.Next(20)));
        return new KeyedWindows(new KeyedWindowSettings(
            Settings(random, overlap: random.Next(2) == 0),
            random.Next(2) == 0 ? TriggerSettings.Default : KeyedWindowCase.RandomTrigger(random, byClock: random.Next(2) == 0, byEventTime: true).Settings,
            random.Next(2) == 0 ? time : time.WithIdleTimeout(TimeSpan.FromTicks(random.Next(1, 30))).WithMemory(TimeSpan.FromTicks(random.Next(1, 80))))
        {
            AreSessions = sessions,
        });
    });

    [Test]
    public void Sessions_go_on_where_they_were() => Holds(Summary.Mergeable, random =>
        new Sessions(random.Next(1, 25), random.Next(2) * random.Next(60)));

    [Test]
    public void Counted_windows_go_on_where_they_were() => Holds(Summary.All, random =>
    {
        int size = random.Next(1, 12);
        return new CountedWindows(new CountWindowSettings(size, random.Next(1, size + 1), OnlyComplete: random.Next(2) == 0));
    });

    private static void Holds(Summary[] summaries, Func<Random, Trial> create) => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            Trial trial = create(random);
            trial.Seed = seed;
            summaries[random.Next(summaries.Length)].Accept(trial);
        });

    private static WindowSettings Settings(Random random, bool overlap)
    {
        long size = random.Next(4) == 0 ? random.Next(25, 130) : random.Next(1, 25);
        long slide = overlap ? random.Next(1, (int)size + 1) : size;
        return new WindowSettings(size, slide, random.Next(20), random.Next(2) * random.Next(60));
    }

    private abstract class Trial : ISummaryVisitor
    {
        public int Seed { get; set; }

        protected virtual bool HasDevices => false;

        protected virtual bool HasClock => false;

        protected virtual long Scale => 1;

        public object Visit<TResult>(Aggregation<Reading, TResult> aggregation)
        {
            KeyLives<WindowResult<int, TResult>>.AreOne(
                Seed,
                (next, late, counters, context) => aggregation.Accept(
                    Choice<TResult>(next, new(late), counters, new ErrorHandler(ErrorPolicy.Fail, counters, null), context)),
                result => result.Key,
                HasDevices,
                HasClock,
                Scale);
            return this;
        }

        protected abstract IAggregationVisitor<Reading, TResult, Operator<Reading>> Choice<TResult>(
            Operator<WindowResult<int, TResult>> next, SideOutput<Reading> late, StepCounters counters, ErrorHandler errors, OperatorContext context);
    }

    private sealed class Windows(WindowSettings[] windows) : Trial
    {
        protected override IAggregationVisitor<Reading, TResult, Operator<Reading>> Choice<TResult>(
            Operator<WindowResult<int, TResult>> next, SideOutput<Reading> late, StepCounters counters, ErrorHandler errors, OperatorContext context) =>
            new WindowOperatorChoice<int, Reading, TResult>(new(reading => reading.Key), windows, late, next, counters, errors, context);
    }

    private sealed class CivilWindows(CivilWindowSettings windows) : Trial
    {
        protected override long Scale => TimeSpan.TicksPerHour;

        protected override IAggregationVisitor<Reading, TResult, Operator<Reading>> Choice<TResult>(
            Operator<WindowResult<int, TResult>> next, SideOutput<Reading> late, StepCounters counters, ErrorHandler errors, OperatorContext context) =>
            new CivilWindowChoice<int, Reading, TResult>(new(reading => reading.Key), windows, late, next, counters, errors, context);
    }

    private sealed class KeyedWindows(KeyedWindowSettings windows) : Trial
    {
        protected override bool HasDevices => windows.DeviceTime is not null;

        protected override bool HasClock => true;

        protected override IAggregationVisitor<Reading, TResult, Operator<Reading>> Choice<TResult>(
            Operator<WindowResult<int, TResult>> next, SideOutput<Reading> late, StepCounters counters, ErrorHandler errors, OperatorContext context) =>
            new KeyedWindowChoice<int, Reading, TResult>(new(reading => reading.Key), windows, late, next, counters, errors, context);
    }

    private sealed class Sessions(long gap, long lateness) : Trial
    {
        protected override IAggregationVisitor<Reading, TResult, Operator<Reading>> Choice<TResult>(
            Operator<WindowResult<int, TResult>> next, SideOutput<Reading> late, StepCounters counters, ErrorHandler errors, OperatorContext context) =>
            new SessionOperatorChoice<int, Reading, TResult>(new(reading => reading.Key), gap, lateness, late, next, counters, errors, context);
    }

    private sealed class CountedWindows(CountWindowSettings windows) : Trial
    {
        protected override IAggregationVisitor<Reading, TResult, Operator<Reading>> Choice<TResult>(
            Operator<WindowResult<int, TResult>> next, SideOutput<Reading> late, StepCounters counters, ErrorHandler errors, OperatorContext context) =>
            new CountWindowChoice<int, Reading, TResult>(new(reading => reading.Key), windows, late, next, counters, errors, context);
    }
}
