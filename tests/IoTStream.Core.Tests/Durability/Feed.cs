using IoTStream.Core.Tests.Oracle;

namespace IoTStream.Core.Tests.Durability;

/// <summary>Something that an operator under test is given.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Record">The record, if it is one.</param>
/// <param name="Time">The watermark, or by how much the clock goes on.</param>
internal sealed record Feed(FeedKind Kind, Reading? Record, long Time)
{
    /// <summary>Random records around a time that goes on, watermarks behind it, and a clock that goes on now and then.</summary>
    public static List<Feed> Create(Random random, int keys = 6, bool hasRight = false, int disorder = 40)
    {
        // Until there is a watermark, what the clock does is dated by the last record of the lane, which depends on their number.
        List<Feed> feeds = [new(FeedKind.Watermark, null, 1), new(hasRight ? FeedKind.RightWatermark : FeedKind.Clock, null, 1)];
        long time = 1_000;
        int id = 0;
        long[] watermarks = [1, 1, 1, 1, 1];
        for (int i = random.Next(5, 90); i > 0; i--)
        {
            FeedKind kind = (FeedKind)random.Next(hasRight ? 5 : 3);
            long at = time + random.Next(-disorder, 10);
            feeds.Add(kind switch
            {
                FeedKind.Record or FeedKind.Right => new(kind, new Reading(id++, random.Next(keys), at, random.Next(100)), 0),
                FeedKind.Clock => new(kind, null, random.Next(20)),
                _ => new(kind, null, watermarks[(int)kind] = Math.Max(watermarks[(int)kind] + 1, time - random.Next(disorder))),
            });
            time += random.Next(5);
        }

        return feeds;
    }
}

internal enum FeedKind
{
    Record,
    Watermark,
    Clock,
    Right,
    RightWatermark,
}
