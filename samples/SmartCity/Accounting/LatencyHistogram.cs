using System.Numerics;

namespace SmartCity.Accounting;

/// <summary>
/// How long things took, as counts in buckets that grow with the time: 32 to a doubling, so that a quantile is right to about three
/// percent, whatever its size, in 8 KiB.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class LatencyHistogram
{
    private const int ADoubling = 32;
    private const int Doublings = 34;
    private readonly long[] _buckets = new long[ADoubling * Doublings];

    public long Count { get; private set; }

    public void Add(TimeSpan latency)
    {
        _buckets[BucketOf((ulong)Math.Max(0, latency.TotalMicroseconds))]++;
        Count++;
    }

    /// <summary>The time, in milliseconds, below which a share of all was; null if there is nothing.</summary>
    /// <param name="quantile">The share, from 0 to 1.</param>
    public double? Milliseconds(double quantile)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(quantile * Count));
        long seen = 0;
        for (int bucket = 0; bucket < _buckets.Length; bucket++)
        {
            seen += _buckets[bucket];
            if (seen >= rank)
            {
                return UpperBoundOf(bucket) / 1000.0;
            }
        }

        return null;
    }

    /// <summary>Below 64 µs a bucket a microsecond; above, the six highest bits of the time say which.</summary>
    private int BucketOf(ulong microseconds)
    {
        int doubling = Math.Max(0, BitOperations.Log2(microseconds | 1) - BitOperations.Log2(ADoubling));
        return Math.Min((doubling * ADoubling) + (int)(microseconds >> doubling), _buckets.Length - 1);
    }

    private static ulong UpperBoundOf(int bucket)
    {
        int doubling = Math.Max(0, (bucket / ADoubling) - 1);
        return ((ulong)(bucket - (doubling * ADoubling)) + 1) << doubling;
    }
}
