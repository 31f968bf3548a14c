namespace IoTStream.Operators;

/// <summary>
/// Counts the results of each key and window that has had a late one. That is all it takes to number results: those on time come first if
/// they come at all, so they need not be counted.
/// </summary>
internal sealed class LateResults<TKey>
    where TKey : notnull
{
    /// <summary>How many results the keys of each window have had.</summary>
    public PaneList<TKey, int> Counts { get; } = new();

    /// <summary>The number of the next late result; one that cannot be computed has a number too.</summary>
    /// <param name="key">The key.</param>
    /// <param name="start">Where the window starts.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="wasOnTime">Whether the key was in the window when that fired. Only looked at for the first late result.</param>
    public int Next(TKey key, long start, long end, bool wasOnTime)
    {
        ref int count = ref Counts.GetOrAdd(start, end - start).Table.GetOrAdd(key, out bool isNew);
        if (isNew)
        {
            count = wasOnTime ? 1 : 0;
        }

        return count++;
    }

    /// <summary>Gives up what is known of windows that have expired.</summary>
    public void Forget(long allowedLateness, long watermark)
    {
        int expired = 0;
        while (expired < Counts.Count && WindowSettings.HasExpired(Counts[expired].End, allowedLateness, watermark))
        {
            expired++;
        }

        Counts.RemoveFirst(expired);
    }
}
