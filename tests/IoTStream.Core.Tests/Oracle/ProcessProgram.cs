using IoTStream.State;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>A process function that does random things, the same ones whoever runs it.</summary>
internal sealed record ProcessProgram(int Seed, bool UsesEventTimers, bool UsesProcessingTimers, bool Fails)
{
    public StateTtl? ValueTtl { get; init; }

    public StateTtl? ListTtl { get; init; }

    public StateTtl? MapTtl { get; init; }

    public StateTtl? SumTtl { get; init; }

    public static ProcessProgram Create(Random random, bool usesEventTimers, bool usesProcessingTimers) =>
        new(random.Next(), usesEventTimers, usesProcessingTimers, random.Next(3) == 0)
        {
            ValueTtl = Ttl(random),
            ListTtl = Ttl(random),
            MapTtl = Ttl(random),
            SumTtl = Ttl(random),
        };

    public void OnRecord(Reading reading, bool isLate, IProcessWorld world)
    {
        var random = new Random(HashCode.Combine(Seed, world.Key, world.CountCallback()));
        world.Emit($"record {reading.Id}{(isLate ? " late" : "")}");
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            Act(random, reading.Value, world);
        }
    }

    public void OnTimer(long time, bool isEventTime, IProcessWorld world)
    {
        int count = world.CountCallback();
        var random = new Random(HashCode.Combine(Seed, world.Key, count));
        world.Emit($"{(isEventTime ? "event" : "processing")} timer {time}");
        if (count < 500)
        {
            Act(random, count, world);
        }
    }

    private static StateTtl? Ttl(Random random)
    {
        var time = TimeSpan.FromTicks(random.Next(1, 40));
        StateTtl? ttl = random.Next(3) switch { 0 => null, 1 => StateTtl.ByEventTime(time), _ => StateTtl.ByProcessingTime(time) };
        return random.Next(2) == 0 ? ttl : ttl?.RefreshedByReads();
    }

    private void Act(Random random, int number, IProcessWorld world)
    {
        int near = random.Next(-5, 30);
        switch (random.Next(20))
        {
            case 0 or 1:
                world.Value = unchecked((world.Value * 3) + number);
                break;
            case 2:
                world.Emit($"value {world.HasValue} {world.Value}");
                break;
            case 3:
                world.ClearValue();
                break;
            case 4 or 5:
                world.AddToList(number);
                break;
            case 6:
                world.Emit($"list {world.List()}");
                break;
            case 7:
                world.RemoveFirstOfList();
                break;
            case 8 or 9:
                world.PutIntoMap(random.Next(4), number);
                break;
            case 10:
                world.Emit($"map {world.Map()}");
                break;
            case 11:
                world.Emit($"removed {world.RemoveFromMap(random.Next(4))}");
                break;
            case 12 or 13:
                world.AddToSum(number);
                world.Emit($"sum {world.Sum()}");
                break;
            case 14:
                world.Emit($"sum {world.Sum()}");
                world.ClearSum();
                break;
            case 15 or 16 when UsesEventTimers:
                world.Emit($"set {world.SetTimer(world.Timestamp + near, isEventTime: true)}");
                break;
            case 17 when UsesEventTimers:
                world.Emit($"deleted {world.DeleteTimer(world.Timestamp + near, isEventTime: true)}");
                break;
            case 15 or 16 when UsesProcessingTimers:
                world.Emit($"set {world.SetTimer(world.Clock + near, isEventTime: false)}");
                break;
            case 17 or 18 when UsesProcessingTimers:
                world.Emit($"deleted {world.DeleteTimer(world.Clock + near, isEventTime: false)}");
                break;
            case 18 when Fails:
                world.AddToList(-1);
                throw new FormatException();
            default:
                for (int i = random.Next(4); i > 0; i--)
                {
                    world.EmitAside($"aside {i}");
                }

                break;
        }
    }
}
