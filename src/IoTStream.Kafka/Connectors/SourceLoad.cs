namespace IoTStream.Kafka.Connectors;

/// <summary>
/// How much of its time the pipeline behind a source is busy, and how many processes like this one it would take. The polling thread takes samples; what comes out may be read on any thread.
/// </summary>
/// <param name="clock">The job's clock.</param>
/// <param name="lagTarget">Within which time a lag is to be gone.</param>
internal sealed class SourceLoad(TimeProvider clock, TimeSpan lagTarget)
{
    /// <summary>By how long ago a sample is, its weight fades: to a third within this time.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    /// <summary>What is busy for less than this share says too little of how much it could do.</summary>
    private const double LeastShare = 0.05;

    /// <summary>Who has handled nothing for as long stands still.</summary>
    private static readonly TimeSpan Stillness = TimeSpan.FromSeconds(5);

    private long? _sampled;
    private long _moved;
    private double _weight;
    private double _busy;
    private double _arrived;
    private double _handled;
    private double _utilization;
    private int _recommended;

    /// <summary>The share of the time in which messages were there for the pipeline, 0 to 1, on average over the readers that have partitions.</summary>
    public double Utilization => Volatile.Read(ref _utilization);

    /// <summary>How many processes it would take; 0 if that is not known.</summary>
    public int RecommendedParallelism => Volatile.Read(ref _recommended);

    /// <summary>Takes a sample.</summary>
    /// <param name="partitions">The partitions that are read, with their lags as of now.</param>
    /// <param name="readers">The readers of the source.</param>
    /// <param name="all">How many partitions there are, with those of other members; 0 if that is not known.</param>
    public void Sample(IReadOnlyList<ConsumedPartition> partitions, IReadOnlyList<ChunkQueue> readers, int all)
    {
        long now = clock.GetTimestamp();
        double seconds = clock.GetElapsedTime(_sampled ?? now, now).TotalSeconds;
        if (seconds <= 0)
        {
            _sampled ??= _moved = now;
            return;
        }

        _sampled = now;
        double decay = Math.Exp(-seconds / Memory.TotalSeconds);
        _weight = Fade(_weight, 1, decay);
        _busy = Fade(_busy, Busy(readers) / seconds, decay);
        _arrived = Fade(_arrived, partitions.Sum(static partition => partition.TakeArrived()) / seconds, decay);
        long handled = partitions.Sum(static partition => partition.TakeHandled());
        _handled = Fade(_handled, handled / seconds, decay);
        _moved = handled > 0 ? now : _moved;
        Volatile.Write(ref _utilization, Math.Clamp(_busy / _weight, 0, 1));
        Volatile.Write(ref _recommended, partitions.Count == 0 || all == 0 ? 0 : Recommend(partitions, Math.Max(all, partitions.Count), clock.GetElapsedTime(_moved, now) > Stillness));
    }

    private static double Fade(double sum, double sample, double decay) => (sum * decay) + (sample * (1 - decay));

    private static double Busy(IReadOnlyList<ChunkQueue> readers)
    {
        double sum = 0;
        int count = 0;
        foreach (ChunkQueue reader in readers)
        {
            double busy = reader.TakeBusyTime().TotalSeconds;
            if (reader.Partitions.Length > 0)
            {
                sum += busy;
                count++;
            }
        }

        return count == 0 ? 0 : sum / count;
    }

    /// <summary>The others are taken to be like this process: as many as there are shares of partitions of its size.</summary>
    private int Recommend(IReadOnlyList<ConsumedPartition> partitions, int all, bool isStill)
    {
        double members = (double)all / partitions.Count;
        long lag = partitions.Sum(static partition => partition.Lag);
        double needed = (_arrived / _weight) + (lag / lagTarget.TotalSeconds);
        double possible = _handled / _weight / Math.Max(Utilization, LeastShare);

        // Where nothing is handled, it is not known whether more processes would do more, so they stay as many as they are.
        double wanted = lag > 0 && (isStill || possible <= 0) ? members : possible > 0 ? members * needed / possible : 1;
        return (int)Math.Clamp(Math.Ceiling(wanted), 1, all);
    }
}
