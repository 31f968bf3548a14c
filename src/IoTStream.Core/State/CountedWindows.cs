namespace IoTStream.State;

/// <summary>
/// The open windows of keys whose windows are counted in records: as many for each key as can overlap, beside each other. Which of them
/// are in use follows from how many records the key has had.
/// </summary>
internal sealed class CountedWindows<TAccumulator>(int overlap)
{
    private CountedWindow<TAccumulator>[] _windows = [];

    /// <summary>The window of a key with a number; valid until the next key is added.</summary>
    /// <param name="place">The place of the key in its table.</param>
    /// <param name="number">Which of the key's windows.</param>
    public ref CountedWindow<TAccumulator> this[int place, long number] => ref _windows[(place * overlap) + (int)(number % overlap)];

    /// <summary>Makes room for the key at a place.</summary>
    public void Reserve(int place)
    {
        int needed = checked((place + 1) * overlap);
        if (needed > _windows.Length)
        {
            Array.Resize(ref _windows, Math.Max(needed, _windows.Length * 2));
        }
    }
}

/// <summary>A window that is counted in records.</summary>
internal struct CountedWindow<TAccumulator>
{
    public TAccumulator Accumulator;
    public long Earliest;
    public long Latest;
}
