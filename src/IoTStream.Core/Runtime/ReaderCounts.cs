namespace IoTStream.Runtime;

/// <summary>
/// How many items the readers of a source on one lane have handed out, as of the last barrier. Written on that lane; read when an epoch is
/// complete, which comes after what the lane did before its barrier, and before the next barrier.
/// </summary>
/// <param name="source">The name of the source.</param>
/// <param name="readers">The places of the readers among all that the source opened.</param>
internal sealed class ReaderCounts(string source, IReadOnlyList<int> readers)
{
    private readonly long[] _items = new long[readers.Count];
    private readonly long[] _last = new long[readers.Count];
    private readonly long[] _committed = new long[readers.Count];
    private long _lastEpochs = long.MaxValue;
    private bool _hasCommitted;

    /// <summary>What a reader had handed out when a barrier was injected.</summary>
    public void Set(int index, long items) => _items[index] = items;

    /// <summary>What a reader had handed out when all had ended; followed by <see cref="End"/>.</summary>
    public void SetLast(int index, long items) => _last[index] = items;

    /// <summary>All readers have ended: from an epoch on, their last counts hold.</summary>
    public void End(long firstEpoch) => Volatile.Write(ref _lastEpochs, firstEpoch);

    /// <summary>An epoch is committed. Called before the next one begins.</summary>
    public void Commit(long epoch)
    {
        long[] items = epoch >= Volatile.Read(ref _lastEpochs) ? _last : _items;
        for (int i = 0; i < items.Length; i++)
        {
            Volatile.Write(ref _committed[i], items[i]);
        }

        Volatile.Write(ref _hasCommitted, true);
    }

    /// <summary>Whether an epoch has been committed since the last time that this was asked.</summary>
    public bool TakeCommitted() => Volatile.Read(ref _hasCommitted) && Interlocked.Exchange(ref _hasCommitted, false);

    /// <summary>How many items of a reader are committed.</summary>
    public long CommittedOf(int index) => Volatile.Read(ref _committed[index]);

    /// <summary>The counts as of the barrier of an epoch that is complete.</summary>
    public IEnumerable<ReaderCount> At(long epoch)
    {
        long[] items = epoch >= Volatile.Read(ref _lastEpochs) ? _last : _items;
        return readers.Select((reader, index) => new ReaderCount(source, reader, items[index]));
    }
}
