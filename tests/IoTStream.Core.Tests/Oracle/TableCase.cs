namespace IoTStream.Core.Tests.Oracle;

/// <summary>A stream of which a table is made, how the job runs, and what the table is after each record of a key.</summary>
internal sealed record TableCase
{
    private const long Start = 1_000_000;

    /// <summary>The records, of one partition.</summary>
    public required Reading[] Records { get; init; }

    public required bool HasEventTime { get; init; }

    public required bool HasRemovals { get; init; }

    public required long Bound { get; init; }

    public required long Lateness { get; init; }

    /// <summary>Records whose ids are multiples of this fail; none if zero.</summary>
    public required int FailsEvery { get; init; }

    public required bool IsConsumed { get; init; }

    public required int Lanes { get; init; }

    public required int BatchSize { get; init; }

    public required int ExchangeCapacity { get; init; }

    public required int ReadSize { get; init; }

    public required bool Threads { get; init; }

    public required int Seed { get; init; }

    public static TableCase Create(Random random)
    {
        int keys = random.Next(1, 12);
        int pace = Pick(random, 0, 1, 3, 12);
        int disorder = Pick(random, 0, 3, 10, 40);
        long time = Start;
        return new TableCase
        {
            Records =
            [
                .. Enumerable.Range(0, random.Next(random.Next(5, 200))).Select(id =>
                {
                    time += random.Next(pace + 1);
                    return new Reading(id, random.Next(keys), time - random.Next(disorder + 1), random.Next(100));
                })
            ],
            HasEventTime = random.Next(4) > 0,
            HasRemovals = random.Next(3) > 0,
            Bound = Pick(random, 0, random.Next(12), random.Next(60)),
            Lateness = Pick(random, 0, random.Next(1, 8), random.Next(1, 60), TimeSpan.TicksPerDay, TimeSpan.MaxValue.Ticks),
            FailsEvery = Pick(random, 0, 0, random.Next(2, 7)),
            IsConsumed = random.Next(2) == 0,
            Lanes = random.Next(1, 5),
            BatchSize = Pick(random, 1, 2, 3, 5, 16, 100, 1024),
            ExchangeCapacity = Pick(random, 1, 2, 8),
            ReadSize = Pick(random, 1, 2, 7, 50, 1024),
            Threads = random.Next(8) == 0,
            Seed = random.Next(),
        };
    }

    public bool Fails(Reading record) => FailsEvery > 0 && record.Id % FailsEvery == 0;

    public bool Removes(Reading record) => HasRemovals && record.Value % 3 == 0;

    /// <summary>Of each key, the record that the table has for it at first and after each of the key's records, null for none; and how many records are late.</summary>
    public (ILookup<int, Reading?> Histories, int Late) Expect()
    {
        List<(int Key, Reading? Entry)> histories = [];
        List<Reading> taken = [];
        int late = 0;
        Int128 watermark = Int128.MinValue / 2;
        foreach (Reading record in Records)
        {
            if (!Fails(record))
            {
                Reading? last = Last(taken, record.Key);
                bool isKnown = last is not null && !(Removes(last) && last.Time <= watermark - Lateness);
                if (HasEventTime && HasRemovals && !isKnown && record.Time <= watermark - Lateness)
                {
                    late++;
                }
                else
                {
                    taken.Add(record);
                }
            }

            watermark = Int128.Max(watermark, (Int128)record.Time - Bound - 1);
            histories.Add((record.Key, Last(taken, record.Key) is { } entry && !Removes(entry) ? entry : null));
        }

        return (histories.ToLookup(state => state.Key, state => state.Entry), late);
    }

    /// <summary>Smaller cases: simpler ways of running first, then fewer records.</summary>
    public IEnumerable<TableCase> Shrink()
    {
        foreach (TableCase simpler in (TableCase[])[this with { Threads = false }, this with { Lanes = 1 }, this with { BatchSize = 1024 },
            this with { ReadSize = 1024 }, this with { FailsEvery = 0 }, this with { HasRemovals = false }, this with { IsConsumed = false }])
        {
            if (simpler != this)
            {
                yield return simpler;
            }
        }

        for (int length = Records.Length / 2; length > 0; length /= 2)
        {
            for (int start = 0; start < Records.Length; start += length)
            {
                yield return this with { Records = [.. Records[..start], .. Records[Math.Min(start + length, Records.Length)..]] };
            }
        }
    }

    public override string ToString() =>
        $"event time {HasEventTime} removals {HasRemovals} bound {Bound} lateness {Lateness} fails every {FailsEvery} consumed {IsConsumed} " +
        $"lanes {Lanes} batch {BatchSize} capacity {ExchangeCapacity} read {ReadSize} threads {Threads} seed {Seed}\n{string.Join<Reading>('\n', Records)}";

    /// <summary>By event time, of those with the same time by arrival.</summary>
    private Reading? Last(IEnumerable<Reading> records, int key) =>
        records.Where(record => record.Key == key).OrderBy(record => HasEventTime ? record.Time : 0).LastOrDefault();

    private static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
