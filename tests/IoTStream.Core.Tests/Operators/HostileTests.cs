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
        random => Inputs(random, watermarks: true),
        input => Hostile.SameWhateverTheRoom<Reading, string>(input.Inputs, input.BatchSize, input.Seed, (next, late, deadLetters, counters, context) =>
            Closing(late, new SelectManyOperator<Reading, string, PlainFunction<Reading, IEnumerable<string>>>(
                new(reading => Expand(reading)), next, counters, Errors(counters, deadLetters), context))));

    [Test]
    public void Event_time_gives_the_same_whatever_the_room() => Property.Holds(
        random => Inputs(random, watermarks: false),
        input => Hostile.SameWhateverTheRoom<Reading, Reading>(input.Inputs, input.BatchSize, input.Seed, (next, late, deadLetters, counters, context) =>
            Closing(late, new EventTimeOperator<Reading, PlainFunction<Reading, long>, TimestampRule<Reading>>(
                new(reading => reading.Value % 7 == 0 ? throw new FormatException() : reading.Time),
                new(input.Seed % 20),
                Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(input.Seed % 20)),
                next,
                counters,
                Errors(counters, deadLetters),
                context))));

    [Test]
    public void Announced_watermarks_give_the_same_whatever_the_room() => Property.Holds(
        random => Inputs(random, watermarks: false),
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
                Errors(counters, deadLetters),
                context));
        }));

    [Test]
    public void Windows_give_the_same_whatever_the_room() => Property.Holds(
        random => Inputs(random, watermarks: true),
        input =>
        {
            var random = new Random(input.Seed);
            long size = random.Next(1, 20);
            long slide = random.Next(2) == 0 ? size : random.Next(1, (int)size + 1);
            var windows = new WindowSettings(size, slide, random.Next(20), random.Next(2) * random.Next(30));
            Aggregation<Reading, int> aggregation = random.Next(2) == 0
                ? Aggregates.FromMergeable<Reading, int, int, Fragile>()
                : Aggregates.From<Reading, int, int, Fragile>();
            Hostile.SameWhateverTheRoom<Reading, WindowResult<int, int>>(
                input.Inputs,
                input.BatchSize,
                input.Seed,
                (next, late, deadLetters, counters, context) => aggregation.Accept(new WindowOperatorChoice<int, Reading, int>(
                    new(reading => reading.Key), windows, new SideOutput<Reading>(late), next, counters, Errors(counters, deadLetters), context)));
        });

    private static (List<Hostile.Input<Reading>> Inputs, int BatchSize, int Seed) Inputs(Random random, bool watermarks)
    {
        int batchSize = random.Next(1, 6);
        long time = 1000;
        int id = 0;
        var inputs = new List<Hostile.Input<Reading>>();
        for (int i = random.Next(30); i > 0; i--)
        {
            if (watermarks && random.Next(3) == 0)
            {
                inputs.Add(new([], time += random.Next(1, 20)));
            }
            else
            {
                inputs.Add(new([.. Enumerable.Range(0, random.Next(1, batchSize + 1)).Select(_ =>
                {
                    long timestamp = time + random.Next(-40, 40);
                    time += random.Next(3);
                    return (timestamp, new Reading(id++, random.Next(8), timestamp, random.Next(100)), random.Next(random.Next(1, 4)));
                })]));
            }
        }

        return (inputs, batchSize, random.Next());
    }

    private static IEnumerable<string> Expand(Reading reading)
    {
        for (int i = 0; i < reading.Value % 9; i++)
        {
            yield return i == 6 ? throw new FormatException() : $"{reading.Id}.{i}";
        }
    }

    private static ErrorHandler Errors(StepCounters counters, Probe<DeadLetter> deadLetters) =>
        new(ErrorPolicy.DeadLetter, counters, new SideOutput<DeadLetter>(deadLetters));

    /// <summary>Ends the late output of an operator that has none.</summary>
    private static Operator<Reading> Closing(Probe<Reading> late, Operator<Reading> target)
    {
        late.OnEnd();
        return target;
    }

    /// <summary>Fails on some records and on some results.</summary>
    private struct Fragile : IMergeableAggregate<Reading, int, int>
    {
        public readonly int Create() => 0;

        public readonly void Add(ref int accumulator, Reading value, RecordContext context) =>
            accumulator += value.Value % 11 == 0 ? throw new FormatException() : value.Value;

        public readonly void Merge(ref int accumulator, in int other) => accumulator += other;

        public readonly int GetResult(in int accumulator) => accumulator % 5 == 0 ? throw new FormatException() : accumulator;
    }
}
