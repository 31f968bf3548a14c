namespace IoTStream.Benchmarks.Storage;

/// <summary>What is stored: which machine, when, and what was measured.</summary>
internal readonly record struct Row(int Machine, DateTimeOffset At, double Value)
{
    public static Row[] Make(int count)
    {
        var random = new Random(1);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return [.. Enumerable.Range(0, count).Select(place => new Row(place % 1_000, start.AddMilliseconds(place), Math.Round(random.NextDouble() * 100, 3)))];
    }
}
