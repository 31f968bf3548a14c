using IoTStream.Dsl;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Random samples for an aggregate: those that count, and others that pass through its window.</summary>
internal sealed record AggregateCase(Sample[] Kept, Sample[] Passing, int Seed)
{
    /// <summary>The greatest value without its sign.</summary>
    public double Magnitude => All.Max(sample => Math.Abs(sample.Value));

    public double Spread => All.Max(sample => sample.Value) - All.Min(sample => sample.Value);

    public IEnumerable<Sample> All => [.. Kept, .. Passing];

    public IEnumerable<Sample> InTime => Kept.OrderBy(sample => sample.Time);

    public static AggregateCase Create(Random random) => Create(random, random.Next(1, 60), items: random.Next(1, 50));

    public static AggregateCase Create(Random random, int count, int items)
    {
        // Large and close to each other, small around zero, or spread over many magnitudes. Eighths are exact in decimal and binary.
        int kind = random.Next(4);
        double Value() => kind switch
        {
            0 => 1e9 + (random.Next(8000) / 8.0),
            1 => random.Next(-800, 800) / 8.0,
            2 => random.Next(100),
            _ => Math.Round(Math.Pow(10, random.NextDouble() * 9) * 8) / 8.0 * (random.Next(3) - 1),
        };

        int passing = random.Next(30);
        long origin = random.Next(2) == 0 ? 0 : new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
        long step = random.Next(3) switch { 0 => 1, 1 => 1000, _ => TimeSpan.TicksPerMinute };

        // No two of the same timestamp: what happens to those depends on the order of their arrival.
        int[] order = [.. Enumerable.Range(0, count + passing)];
        random.Shuffle(order);
        if (random.Next(2) == 0)
        {
            Array.Sort(order, 0, count);
        }

        Sample[] samples = [.. order.Select(number => new Sample(origin + (number * step) + random.Next((int)Math.Min(step, 1000)), Value(), random.Next(items)))];
        return new AggregateCase(samples[..count], samples[count..], random.Next());
    }

    /// <summary>The results of all ways to fold the samples. Restarts in between make no difference, not in the last bit.</summary>
    public IReadOnlyList<TOut> Fold<TOut>(Aggregation<Sample, TOut> aggregation)
    {
        IReadOnlyList<TOut> results = aggregation.Accept(new Folding<TOut>(Kept, Passing, new Random(Seed)));
        IReadOnlyList<TOut> restarted = aggregation.Accept(new Folding<TOut>(Kept, Passing, new Random(Seed), new Random(Seed)));
        if (results[0] is not (System.Collections.IEnumerable or Histogram))
        {
            restarted.Should().Equal(results);
        }

        return [.. results, .. restarted];
    }

    public override string ToString() => $"{string.Join(' ', Kept.AsEnumerable())} / {string.Join(' ', Passing.AsEnumerable())} (seed {Seed})";
}
