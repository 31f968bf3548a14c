using IoTStream.Connectors;
using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

[Parallelizable(ParallelScope.All)]
public class HostileTests
{
    [Test]
    public void SelectMany_gives_the_same_whatever_the_room() => Property.Holds(
        HostileInputs.Create,
        input => Hostile.SameWhateverTheRoom<Reading, string>(input.Inputs, input.BatchSize, input.Seed, (next, late, deadLetters, counters, context) =>
            Closing(late, new SelectManyOperator<Reading, string, PlainFunction<Reading, IEnumerable<string>>>(
                new(reading => Expand(reading)), next, counters, HostileInputs.Errors(counters, deadLetters), context))));

    [Test]
    public void Event_time_gives_the_same_whatever_the_room() => Property.Holds(
        random => HostileInputs.Create(random, watermarks: false),
        input => Hostile.SameWhateverTheRoom<Reading, Reading>(input.Inputs, input.BatchSize, input.Seed, (next, late, deadLetters, counters, context) =>
            Closing(late, new EventTimeOperator<Reading, PlainFunction<Reading, long>, TimestampRule<Reading>>(
                new(reading => reading.Value % 7 == 0 ? throw new FormatException() : reading.Time),
                new(input.Seed % 20),
                Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(input.Seed % 20)),
                next,
                counters,
                HostileInputs.Errors(counters, deadLetters),
                context,
                new EventTimeScope([], new InputActivity(1, []))))));

    [Test]
    public void Announced_watermarks_give_the_same_whatever_the_room() => Property.Holds(
        random => HostileInputs.Create(random, watermarks: false),
        input => Hostile.SameWhateverTheRoom<Reading, Reading>(input.Inputs, input.BatchSize, input.Seed, (next, late, deadLetters, counters, context) =>
        {
            var announced = new AnnouncedRule<Reading>(
                reading => (reading.Value % 7) switch
                {
                    0 => throw new FormatException(),
                    < 4 => null,
                    _ => new DateTimeOffset(reading.Time + reading.Key - 4, TimeSpan.Zero),
                },
                input.BatchSize);
            return Closing(late, new EventTimeOperator<Reading, PlainFunction<Reading, long>, AnnouncedRule<Reading>>(
                new(reading => reading.Time),
                announced,
                Watermarks.Monotonous(),
                next,
                counters,
                HostileInputs.Errors(counters, deadLetters),
                context,
                new EventTimeScope([], new InputActivity(1, []))));
        }));

    [Test]
    public void Windows_give_the_same_whatever_the_room() => Property.Holds(
        HostileInputs.Create,
        input =>
        {
            var random = new Random(input.Seed);
            long size = random.Next(1, 20);
            long slide = random.Next(2) == 0 ? size : random.Next(1, (int)size + 1);
            var first = new WindowSettings(size, slide, random.Next(20), random.Next(2) * random.Next(30));
            bool mergeable = random.Next(2) == 0;
            WindowSettings[] windows = mergeable && random.Next(2) == 0
                ? [first, first with { Size = size + random.Next(1, 20), Offset = random.Next(20) }]
                : [first];
            Aggregation<Reading, int> aggregation = mergeable
                ? Aggregates.FromMergeable<Reading, int, int, Fragile>()
                : Aggregates.From<Reading, int, int, Fragile>();
            Hostile.SameWhateverTheRoom<Reading, WindowResult<int, int>>(
                input.Inputs,
                input.BatchSize,
                input.Seed,
                (next, late, deadLetters, counters, context) => aggregation.Accept(new WindowOperatorChoice<int, Reading, int>(
                    new(reading => reading.Key), windows, new SideOutput<Reading>(late), next, counters, HostileInputs.Errors(counters, deadLetters), context)));
        });

    [Test]
    public void Windows_with_triggers_and_device_time_give_the_same_whatever_the_room([Values] bool sessions) => Property.Holds(
        HostileInputs.Create,
        input =>
        {
            var random = new Random(input.Seed);
            long size = random.Next(1, 20);
            var settings = new KeyedWindowSettings(
                new WindowSettings(size, random.Next(2) == 0 ? size : random.Next(1, (int)size + 1), random.Next(20), random.Next(2) * random.Next(30)),
                KeyedWindowCase.RandomTrigger(random, byClock: false, byEventTime: true).Settings,
                random.Next(2) == 0 ? DeviceTime.BoundedOutOfOrderness(TimeSpan.FromTicks(random.Next(20))) : null)
            {
                AreSessions = sessions,
            };
            Aggregation<Reading, int> aggregation = Aggregates.FromMergeable<Reading, int, int, Fragile>();
            Hostile.SameWhateverTheRoom<Reading, WindowResult<int, int>>(
                input.Inputs,
                input.BatchSize,
                input.Seed,
                (next, late, deadLetters, counters, context) => aggregation.Accept(new KeyedWindowChoice<int, Reading, int>(
                    new(reading => reading.Key), settings, new(late), next, counters, HostileInputs.Errors(counters, deadLetters), context)));
        });

    [Test]
    public void Counted_windows_give_the_same_whatever_the_room() => Property.Holds(
        HostileInputs.Create,
        input =>
        {
            var settings = new CountWindowSettings(1 + (input.Seed % 7), 1 + (input.Seed % 7 / 2), OnlyComplete: input.Seed % 2 == 0);
            Hostile.SameWhateverTheRoom<Reading, WindowResult<int, int>>(
                input.Inputs,
                input.BatchSize,
                input.Seed,
                (next, late, deadLetters, counters, context) => new CountWindowOperator<int, Reading, int, int, Fragile>(
                    new(reading => reading.Key), default, settings, new(late), next, counters, HostileInputs.Errors(counters, deadLetters), context));
        });

    private static IEnumerable<string> Expand(Reading reading)
    {
        for (int i = 0; i < reading.Value % 9; i++)
        {
            yield return i == 6 ? throw new FormatException() : $"{reading.Id}.{i}";
        }
    }

    /// <summary>Ends the late output of an operator that has none.</summary>
    private static Operator<Reading> Closing(Probe<Reading> late, Operator<Reading> target)
    {
        late.OnEnd();
        return target;
    }
}
