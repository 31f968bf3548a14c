namespace IoTStream.Core.Tests.Shards;

/// <summary>A measurement that a shard test processes.</summary>
/// <param name="Key">Its key.</param>
/// <param name="At">Its timestamp, in milliseconds.</param>
/// <param name="Value">Its value; negative in the last record of each key, which only lets time go on.</param>
internal readonly record struct Measured(int Key, long At, int Value)
{
    /// <summary>Later than all measurements.</summary>
    public const long Horizon = 1_000_000;

    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddMilliseconds(At);
}

/// <summary>Measurements of two kinds in partitions, all records of a key in one, and when which shard is broken off.</summary>
/// <param name="Shards">How many shards there are.</param>
/// <param name="BatchSize">The most records that go through a step at once: small ones let epochs be cut within what came from another shard.</param>
/// <param name="EpochMilliseconds">How long epochs are, of shards with odd numbers; those of the others are as short as can be.</param>
/// <param name="Left">The partitions of one source.</param>
/// <param name="Right">The partitions of the other.</param>
/// <param name="Failures">Which shards are broken off one after the other, after how many milliseconds, and whether that is by the next one's beginning.</param>
internal sealed record ShardCase(int Shards, int BatchSize, int EpochMilliseconds, Measured[][] Left, Measured[][] Right, IReadOnlyList<(int Shard, int Delay, bool IsZombie)> Failures)
{
    /// <summary>Records are at most so much out of order.</summary>
    public const int Disorder = 50;

    public static ShardCase Draw(Random random)
    {
        int shards = random.Next(1, 5);
        return new ShardCase(
            shards,
            random.Next(1, 16),
            random.Next(1, 20),
            Partitions(random),
            Partitions(random),
            [.. Enumerable.Range(0, random.Next(4)).Select(_ => (random.Next(shards), random.Next(20), random.Next(2) == 0))]);
    }

    private static Measured[][] Partitions(Random random)
    {
        int partitions = random.Next(1, 6);
        int keys = random.Next(1, 8);
        Measured[] records = [.. Enumerable.Range(0, random.Next(200)).Select(at => new Measured(random.Next(keys), (at * 10) + random.Next(Disorder), random.Next(100)))];
        return [.. Enumerable.Range(0, partitions).Select(partition => records
            .Where(record => record.Key % partitions == partition)
            .Concat(Enumerable.Range(0, keys).Where(key => key % partitions == partition).Select(static key => new Measured(key, 2 * Measured.Horizon, -1)))
            .Append(new Measured(partition, 2 * Measured.Horizon, -1))
            .ToArray())];
    }
}
