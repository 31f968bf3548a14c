namespace IoTStream.Simulation.Jobs;

/// <summary>A record of a simulated source.</summary>
/// <param name="Key">Its key; all records of a key are in one partition, so that their order is the same in each run.</param>
/// <param name="Number">Its number in the partition.</param>
/// <param name="Value">Some value.</param>
/// <param name="Seconds">When it happened.</param>
internal readonly record struct Reading(int Key, int Number, int Value, long Seconds)
{
    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddSeconds(Seconds);

    /// <summary>A reading that tells of a result: if that were another one, its value would be too, but for one time in a thousand.</summary>
    public static Reading Of(int key, string result, DateTimeOffset time)
    {
        uint hash = 17;
        foreach (char letter in result)
        {
            hash = (hash * 31) + letter;
        }

        return new Reading(key, (int)(hash % 1000), (int)(hash % 20), time.ToUnixTimeSeconds());
    }

    /// <summary>Draws the records of partitions, each in the order of time but for some that come up to so much too late.</summary>
    public static Reading[][] Draw(Random random, int partitions, int most, int keys, int disorder) =>
        [.. Enumerable.Range(0, partitions).Select(partition => DrawPartition(random, partition, partitions, random.Next(most), keys, disorder))];

    private static Reading[] DrawPartition(Random random, int partition, int partitions, int count, int keys, int disorder)
    {
        var readings = new Reading[count];
        long now = 100;
        for (int i = 0; i < count; i++)
        {
            now += random.Next(10) == 0 ? random.Next(random.Next(8) == 0 ? 50_000 : 60) : random.Next(3);
            int key = partition + (partitions * random.Next(keys));
            readings[i] = new Reading(key, i, random.Next(20), now - random.Next(disorder + 1));
        }

        return readings;
    }
}
