namespace IoTStream.Benchmarks.Macro;

/// <summary>The inputs of the workloads, the same in every run.</summary>
internal static class EventGenerator
{
    private const int Seed = 42;

    /// <summary>Devices at random, 1 ms apart, values in [0, 1).</summary>
    /// <param name="count">How many.</param>
    /// <param name="devices">How many devices there are.</param>
    /// <param name="disorderMs">By how much timestamps are out of order at most.</param>
    /// <param name="seed">Other events than those of another seed.</param>
    public static Event[] Uniform(int count, int devices, int disorderMs = 0, int seed = Seed)
    {
        var random = new Random(seed);
        var events = new Event[count];
        for (int i = 0; i < count; i++)
        {
            events[i] = new Event { DeviceId = random.Next(devices), TimestampMs = i, Value = random.NextDouble() };
            if (disorderMs > 0)
            {
                events[i].TimestampMs += disorderMs - random.Next(disorderMs + 1);
            }
        }

        return events;
    }

    /// <summary>
    /// Devices of which some are bursting at a time: each millisecond one of those, at random, emits. A burst has 25 to 75 events; after it
    /// another device takes its turn, so that a device is silent for as long as all others together burst.
    /// </summary>
    public static Event[] Bursts(int count, int devices, int bursting)
    {
        var random = new Random(Seed);
        var events = new Event[count];
        int[] device = [.. Enumerable.Range(0, bursting)];
        int[] left = [.. device.Select(_ => random.Next(25, 76))];
        int next = bursting;
        for (int i = 0; i < count; i++)
        {
            int turn = random.Next(bursting);
            events[i] = new Event { DeviceId = device[turn], TimestampMs = i, Value = random.NextDouble() };
            if (--left[turn] == 0)
            {
                device[turn] = next;
                next = (next + 1) % devices;
                left[turn] = random.Next(25, 76);
            }
        }

        return events;
    }
}
