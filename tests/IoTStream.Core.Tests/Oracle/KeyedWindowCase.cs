using IoTStream.Dsl;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Records that come in portions, with processing time passing in between, and windows by device time or with a trigger.</summary>
internal sealed record KeyedWindowCase
{
    private const long Start = 1_000_000;

    /// <summary>The records of each portion, each with its partition, and how long it is until the next.</summary>
    public required ((int Partition, Reading Reading)[] Records, long Pause)[] Portions { get; init; }

    public required int Partitions { get; init; }

    public required long Size { get; init; }

    public required long Slide { get; init; }

    public required long Bound { get; init; }

    public required long Lateness { get; init; }

    public required Summary Summary { get; init; }

    /// <summary>Whether the windows are sessions, whose gap is the size.</summary>
    public bool AreSessions { get; init; }

    public required bool HasDeviceTime { get; init; }

    public long? IdleTimeout { get; init; }

    public long Memory { get; init; }

    public Trigger? Trigger { get; init; }

    public required int Lanes { get; init; }

    public required int BatchSize { get; init; }

    public required int Seed { get; init; }

    public IEnumerable<Reading> Readings => Portions.SelectMany(portion => portion.Records.Select(record => record.Reading));

    public WindowSpec Windows => AreSessions
        ? Sessions.WithGap(TimeSpan.FromTicks(Size))
        : Size == Slide
        ? Tumbling.Of(TimeSpan.FromTicks(Size))
        : Sliding.Of(TimeSpan.FromTicks(Size), TimeSpan.FromTicks(Slide));

    public DeviceTime DeviceTime
    {
        get
        {
            DeviceTime bounded = DeviceTime.BoundedOutOfOrderness(TimeSpan.FromTicks(Bound));
            return IdleTimeout is { } idle
                ? bounded.WithIdleTimeout(TimeSpan.FromTicks(idle)).WithMemory(TimeSpan.FromTicks(Memory))
                : bounded;
        }
    }

    /// <summary>Hostile schedules hold the pipeline back, and time in which it is held back is no silence.</summary>
    public TestJobOptions Options => new()
    {
        Lanes = Lanes,
        BatchSize = BatchSize,
        ExchangeCapacity = 1 + (Seed % 3),
        Schedule = IdleTimeout is null ? Schedule.Hostile : Schedule.Shuffled,
        Seed = Seed,
    };

    /// <summary>Each key has a partition of its own or shares one, and a time of its own: some are hours behind others.</summary>
    public static KeyedWindowCase WithDeviceTime(Random random, bool pauses) => Create(random, pauses) with
    {
        HasDeviceTime = true,
        IdleTimeout = pauses && random.Next(4) > 0 ? random.Next(1, 30) : null,
        Memory = random.Next(1, 80),
    };

    /// <summary>One partition, so that the stream's time is determined.</summary>
    public static KeyedWindowCase OfOneStream(Random random, bool pauses) => Create(random, pauses, partitions: 1);

    /// <summary>The same records in sessions, and an aggregation that can do with them.</summary>
    public KeyedWindowCase InSessions() => this with { AreSessions = true, Summary = Summary.Mergeable[Seed % Summary.Mergeable.Length] };

    public static Trigger RandomTrigger(Random random, bool byClock, bool byEventTime)
    {
        Trigger trigger = Triggers.OnTime;
        if (random.Next(2) == 0)
        {
            trigger = trigger.OrEarlyEvery(random.Next(1, 5));
        }

        if (byEventTime && random.Next(2) == 0)
        {
            trigger = trigger.OrEarlyEveryEventTime(TimeSpan.FromTicks(random.Next(1, 12)));
        }

        if (byClock && random.Next(3) > 0)
        {
            trigger = trigger.OrEarlyEvery(TimeSpan.FromTicks(random.Next(1, 20)));
        }

        if (byClock && random.Next(2) == 0)
        {
            trigger = trigger.LateEvery(TimeSpan.FromTicks(random.Next(1, 20)));
        }

        return random.Next(2) == 0 ? trigger.Discard() : trigger.Accumulate();
    }

    /// <summary>Smaller cases: simpler ways of running first, then fewer records.</summary>
    public IEnumerable<KeyedWindowCase> Shrink()
    {
        foreach (KeyedWindowCase simpler in (KeyedWindowCase[])[this with { Lanes = 1 }, this with { BatchSize = 1 }])
        {
            if (simpler != this)
            {
                yield return simpler;
            }
        }

        for (int portion = 0; portion < Portions.Length; portion++)
        {
            if (Portions.Length > 1)
            {
                yield return this with { Portions = [.. Portions[..portion], .. Portions[(portion + 1)..]] };
            }

            for (int i = 0; i < Portions[portion].Records.Length; i++)
            {
                var portions = (((int, Reading)[] Records, long Pause)[])Portions.Clone();
                portions[portion] = ([.. portions[portion].Records[..i], .. portions[portion].Records[(i + 1)..]], portions[portion].Pause);
                yield return this with { Portions = portions };
            }
        }
    }

    public override string ToString() =>
        $"{(AreSessions ? "sessions " : "")}size {Size} slide {Slide} bound {Bound} lateness {Lateness} {Summary} device {HasDeviceTime} idle {IdleTimeout} memory {Memory} {Trigger} " +
        $"lanes {Lanes} batch {BatchSize} seed {Seed}\n" +
        string.Join('\n', Portions.Select(portion =>
            string.Join('\n', portion.Records.Select(record => $"{record.Reading} of {record.Partition}")) + $"\n-- {portion.Pause}"));

    private static KeyedWindowCase Create(Random random, bool pauses, int? partitions = null)
    {
        int partitionCount = partitions ?? random.Next(1, 5);
        int keys = random.Next(1, 7);
        long[] times = [.. Enumerable.Range(0, keys).Select(_ => Start + (partitions is null ? random.Next(200) : 0))];
        int disorder = Pick(random, 0, 3, 10, 40);
        int pace = Pick(random, 1, 3, 12);
        int id = 0;
        long size = random.Next(1, 25);
        return new KeyedWindowCase
        {
            Partitions = partitionCount,
            Portions = [.. Enumerable.Range(0, pauses ? random.Next(1, 8) : 1).Select(_ => (Portion(), (long)random.Next(25)))],
            Size = size,
            Slide = random.Next(2) == 0 ? size : random.Next(1, (int)size + 1),
            Bound = Pick(random, 0, random.Next(12), random.Next(60)),
            Lateness = Pick(random, 0, 0, random.Next(1, 8), random.Next(1, 60), TimeSpan.MaxValue.Ticks),
            Summary = Pick(random, Summary.All),
            HasDeviceTime = false,
            Lanes = random.Next(1, 5),
            BatchSize = Pick(random, 1, 2, 3, 16, 1024),
            Seed = random.Next(),
        };

        (int, Reading)[] Portion() => [.. Enumerable.Range(0, random.Next(pauses ? 20 : 120)).Select(_ =>
        {
            int key = random.Next(keys);
            times[key] += random.Next(pace + 1);
            return (key % partitionCount, new Reading(id++, key, times[key] - random.Next(disorder + 1), random.Next(-100, 100)));
        })];
    }

    private static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
