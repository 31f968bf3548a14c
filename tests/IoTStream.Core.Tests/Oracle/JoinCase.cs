namespace IoTStream.Core.Tests.Oracle;

/// <summary>Two streams to be joined and how the job runs.</summary>
internal sealed record JoinCase
{
    private const long Start = 1_000_000;

    /// <summary>The records of the left stream, of one partition: so it is determined which are late.</summary>
    public required Reading[] Left { get; init; }

    public required Reading[] Right { get; init; }

    /// <summary>Whether the left stream is joined with itself.</summary>
    public required bool IsSelfJoin { get; init; }

    public required long LeftBound { get; init; }

    public required long RightBound { get; init; }

    public required long Lateness { get; init; }

    /// <summary>Two numbers of which each kind of join makes what it needs.</summary>
    public required long First { get; init; }

    public required long Second { get; init; }

    public required int Choice { get; init; }

    /// <summary>Pairs whose ids add up to a multiple of this fail; none if zero.</summary>
    public required int FailsEvery { get; init; }

    public required bool TextKeys { get; init; }

    public required bool LateIsConsumed { get; init; }

    public required int Lanes { get; init; }

    public required int BatchSize { get; init; }

    public required int ExchangeCapacity { get; init; }

    public required int ReadSize { get; init; }

    public required bool Threads { get; init; }

    public required int Seed { get; init; }

    public static JoinCase Create(Random random)
    {
        int id = 0;
        int keys = random.Next(1, 8);
        int most = Pick(random, 10, 40, 120);
        bool isSelfJoin = random.Next(6) == 0;
        long lower = random.Next(-20, 20);
        return new JoinCase
        {
            Left = Readings(),
            Right = isSelfJoin ? [] : Readings(),
            IsSelfJoin = isSelfJoin,
            LeftBound = Pick(random, 0, random.Next(12), random.Next(60)),
            RightBound = Pick(random, 0, random.Next(12), random.Next(60)),
            Lateness = Pick(random, 0, 0, random.Next(1, 8), random.Next(1, 60), TimeSpan.TicksPerDay, TimeSpan.MaxValue.Ticks),
            First = Pick(random, lower, lower, lower, TimeSpan.MinValue.Ticks),
            Second = Pick(random, lower + random.Next(30), lower + random.Next(30), lower + random.Next(30), TimeSpan.MaxValue.Ticks),
            Choice = random.Next(4),
            FailsEvery = Pick(random, 0, 0, 0, random.Next(1, 7)),
            TextKeys = random.Next(2) == 0,
            LateIsConsumed = random.Next(3) > 0,
            Lanes = random.Next(1, 5),
            BatchSize = Pick(random, 1, 2, 3, 5, 16, 100, 1024),
            ExchangeCapacity = Pick(random, 1, 2, 8),
            ReadSize = Pick(random, 1, 2, 7, 50, 1024),
            Threads = random.Next(8) == 0,
            Seed = random.Next(),
        };

        Reading[] Readings()
        {
            int pace = Pick(random, 1, 3, 12);
            int disorder = Pick(random, 0, 3, 10, 40);
            long time = Start + random.Next(50);
            return [.. Enumerable.Range(0, random.Next(random.Next(5, most))).Select(_ =>
            {
                time += random.Next(pace + 1);
                return new Reading(id++, random.Next(keys), time - random.Next(disorder + 1), random.Next(-100, 100));
            })];
        }
    }

    /// <summary>A bound so large that no record of either stream is late.</summary>
    public JoinCase WithoutLateRecords() => this with { LeftBound = LeftBound + 40, RightBound = RightBound + 40 };

    /// <summary>A bound so large that no record of the right stream is late; of a stream joined with itself, of either.</summary>
    public JoinCase WithoutLateVersions() => IsSelfJoin ? WithoutLateRecords() : this with { RightBound = RightBound + 40 };

    /// <summary>The records of a stream that are not late by its own watermark, and those that are.</summary>
    public static (List<Reading> OnTime, List<Reading> Late) Divide(Reading[] readings, long bound, long lateness)
    {
        Int128 watermark = Int128.MinValue / 2;
        List<Reading> onTime = [];
        List<Reading> late = [];
        foreach (Reading reading in readings)
        {
            (reading.Time <= watermark - lateness ? late : onTime).Add(reading);
            watermark = Int128.Max(watermark, (Int128)reading.Time - bound - 1);
        }

        return (onTime, late);
    }

    public bool Fails(Reading? left, Reading? right) => FailsEvery > 0 && ((left?.Id ?? 0) + (right?.Id ?? 0)) % FailsEvery == 0;

    /// <summary>Smaller cases: simpler ways of running first, then fewer records.</summary>
    public IEnumerable<JoinCase> Shrink()
    {
        foreach (JoinCase simpler in (JoinCase[])[this with { Threads = false }, this with { Lanes = 1 }, this with { BatchSize = 1024 },
            this with { ReadSize = 1024 }, this with { TextKeys = false }, this with { FailsEvery = 0 }])
        {
            if (simpler != this)
            {
                yield return simpler;
            }
        }

        foreach (Reading[] fewer in Fewer(Left))
        {
            yield return this with { Left = fewer };
        }

        foreach (Reading[] fewer in Fewer(Right))
        {
            yield return this with { Right = fewer };
        }
    }

    public override string ToString() =>
        $"self {IsSelfJoin} bounds {LeftBound} {RightBound} lateness {Lateness} numbers {First} {Second} choice {Choice} fails every {FailsEvery} " +
        $"text keys {TextKeys} late consumed {LateIsConsumed} lanes {Lanes} batch {BatchSize} capacity {ExchangeCapacity} read {ReadSize} " +
        $"threads {Threads} seed {Seed}\n{string.Join<Reading>('\n', Left)}\n--\n{string.Join<Reading>('\n', Right)}";

    private static IEnumerable<Reading[]> Fewer(Reading[] readings)
    {
        for (int length = readings.Length / 2; length > 0; length /= 2)
        {
            for (int start = 0; start < readings.Length; start += length)
            {
                yield return [.. readings[..start], .. readings[Math.Min(start + length, readings.Length)..]];
            }
        }
    }

    private static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
