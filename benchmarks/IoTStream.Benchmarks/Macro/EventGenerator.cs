namespace IoTStream.Benchmarks.Macro;

/// <summary>The inputs of the workloads, the same in every run.</summary>
internal static class EventGenerator
{
    private const int Seed = 42;

    /// <summary>Devices at random, 1 ms apart, values in [0, 1).</summary>
    public static Event[] Uniform(int count, int devices)
    {
        var random = new Random(Seed);
        var events = new Event[count];
        for (int i = 0; i < count; i++)
        {
            events[i] = new Event { DeviceId = random.Next(devices), TimestampMs = i, Value = random.NextDouble() };
        }

        return events;
    }
}
