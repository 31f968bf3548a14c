using IoTStream.Dsl;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>An input, the windows over it and how the job runs.</summary>
internal sealed record WindowCase
{
    private const long Start = 1_000_000;

    /// <summary>The records of each partition of the source, in order.</summary>
    public required Reading[][] Partitions { get; init; }

    public required long Size { get; init; }

    public required long Slide { get; init; }

    public required long Offset { get; init; }

    public required long Bound { get; init; }

    /// <summary>Whether some records announce watermarks, instead of all of them making watermarks by their timestamps.</summary>
    public required bool Announced { get; init; }

    public required long Lateness { get; init; }

    public required Summary Summary { get; init; }

    public required bool TextKeys { get; init; }

    public required bool LateIsConsumed { get; init; }

    public required int Lanes { get; init; }

    public required int BatchSize { get; init; }

    public required int ExchangeCapacity { get; init; }

    /// <summary>The most records that a reader hands out in a call.</summary>
    public required int ReadSize { get; init; }

    public required bool Threads { get; init; }

    public required int Seed { get; init; }

    public WatermarkStrategy Watermarks => Announced
        ? Time.Watermarks.Punctuated<Reading>(reading => AllowedBy(reading) is { } watermark ? new DateTimeOffset(watermark, TimeSpan.Zero) : null)
        : Time.Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(Bound));

    public IEnumerable<Reading> Readings => Partitions.SelectMany(readings => readings);

    /// <summary>Further windows that share the slices, each of another size.</summary>
    public (long Size, long Slide, long Offset)[] Others { get; init; } = [];

    public TimeWindows Windows => WindowsOf((Size, Slide, Offset));

    /// <summary>All windows, each as a case of its own that still says what else there is.</summary>
    public IEnumerable<WindowCase> Each => Others.Prepend((Size, Slide, Offset)).Select(one => this with { Size = one.Size, Slide = one.Slide, Offset = one.Offset });

    public static TimeWindows WindowsOf((long Size, long Slide, long Offset) one) =>
        (one.Size == one.Slide ? Tumbling.Of(TimeSpan.FromTicks(one.Size)) : Sliding.Of(TimeSpan.FromTicks(one.Size), TimeSpan.FromTicks(one.Slide)))
        .WithOffset(TimeSpan.FromTicks(one.Offset));

    /// <summary>The same case with further windows over the same stream, and an aggregate that can do that.</summary>
    public WindowCase WithOthers(Random random)
    {
        HashSet<long> sizes = [Size];
        List<(long, long, long)> others = [];
        for (int i = random.Next(4); i >= 0; i--)
        {
            long size = random.Next(1, 100);
            if (sizes.Add(size))
            {
                others.Add((size, Pick(random, size, random.Next(1, (int)size + 1)), random.Next(-30, 30)));
            }
        }

        return this with { Others = [.. others], Summary = Pick(random, Array.FindAll(Summary.All, summary => summary.Name != "sequence")) };
    }

    public static WindowCase Create(Random random, int partitions)
    {
        int id = 0;
        int keys = random.Next(1, 8);
        int disorder = Pick(random, 0, 3, 10, 40);
        int pace = Pick(random, 1, 3, 12);
        long size = random.Next(4) == 0 ? random.Next(25, 130) : random.Next(1, 25);
        return new WindowCase
        {
            Partitions = [.. Enumerable.Range(0, partitions).Select(_ => Readings())],
            Size = size,
            Slide = Pick(random, size, size, random.Next(1, (int)size + 1), random.Next(1, (int)Math.Min(size, 4) + 1)),
            Offset = random.Next(-30, 30),
            Bound = Pick(random, 0, random.Next(12), random.Next(60)),
            Announced = random.Next(3) == 0,
            Lateness = Pick(random, 0, 0, random.Next(1, 8), random.Next(1, 60), TimeSpan.TicksPerDay, TimeSpan.MaxValue.Ticks),
            Summary = Pick(random, Summary.All),
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
            long time = Start;
            return [.. Enumerable.Range(0, random.Next(random.Next(10, 120))).Select(_ =>
            {
                time += random.Next(pace + 1);
                return new Reading(id++, random.Next(keys), time - random.Next(disorder + 1), random.Next(-100, 100));
            })];
        }
    }

    /// <summary>Smaller cases: simpler ways of running first, then fewer records.</summary>
    public IEnumerable<WindowCase> Shrink()
    {
        foreach (WindowCase simpler in (WindowCase[])[this with { Threads = false }, this with { Lanes = 1 }, this with { BatchSize = 1024 },
            this with { ReadSize = 1024 }, this with { TextKeys = false }, this with { Offset = 0 },
            this with { Announced = false }])
        {
            if (simpler != this)
            {
                yield return simpler;
            }
        }

        for (int i = 0; i < Others.Length; i++)
        {
            yield return this with { Others = [.. Others[..i], .. Others[(i + 1)..]] };
        }

        for (int partition = 0; partition < Partitions.Length; partition++)
        {
            Reading[] readings = Partitions[partition];
            for (int length = readings.Length / 2; length > 0; length /= 2)
            {
                for (int start = 0; start < readings.Length; start += length)
                {
                    var partitions = (Reading[][])Partitions.Clone();
                    partitions[partition] = [.. readings[..start], .. readings[Math.Min(start + length, readings.Length)..]];
                    yield return this with { Partitions = partitions };
                }
            }
        }
    }

    /// <summary>A bound so large that no record of any partition is late.</summary>
    public WindowCase WithoutLateRecords() => this with { Bound = Bound + 50 };

    /// <summary>The watermark after a record, as far as the record decides; null if it says nothing.</summary>
    public long? AllowedBy(Reading reading) =>
        !Announced ? reading.Time - Bound - 1 :
        reading.Value % 4 == 0 ? reading.Time - Bound + (reading.Value % 7) : null;

    public override string ToString() =>
        $"size {Size} slide {Slide} offset {Offset} others {string.Join(' ', Others)} bound {Bound} announced {Announced} lateness {Lateness} {Summary} text keys {TextKeys} late consumed {LateIsConsumed} " +
        $"lanes {Lanes} batch {BatchSize} capacity {ExchangeCapacity} read {ReadSize} threads {Threads} seed {Seed}\n" +
        string.Join("\n--\n", Partitions.Select(readings => string.Join('\n', readings.Select(reading => reading.ToString()))));

    private static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
