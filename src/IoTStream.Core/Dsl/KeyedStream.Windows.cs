namespace IoTStream.Dsl;

public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>
    /// Divides event time into windows in several ways at once, for each key: by the minute, by five minutes and by the hour, say. Each record is
    /// folded once for all of them, so this costs little more than the finest alone. The results of all come in one stream, where
    /// <see cref="Time.Window.Size"/> tells them apart. The aggregate must be one that can be merged.
    /// </summary>
    /// <param name="lateness">How long each window waits for late records after it has given its result.</param>
    /// <param name="windows">Which: one or more, each different from the others.</param>
    /// <exception cref="ArgumentException">There are no windows, or two that are the same.</exception>
    public WindowedStream<TKey, T> Windows(AllowedLateness lateness, params ReadOnlySpan<TimeWindows> windows)
    {
        ArgumentNullException.ThrowIfNull(lateness);
        TimeWindows[] all = windows.ToArray();
        foreach (TimeWindows one in all)
        {
            ArgumentNullException.ThrowIfNull(one, nameof(windows));
        }

        if (all.Length == 0)
        {
            throw new ArgumentException("There are no windows. Name at least one.", nameof(windows));
        }

        if (all.Distinct().Count() < all.Length)
        {
            throw new ArgumentException($"Two of the windows are the same: {string.Join(", ", all.AsEnumerable())}. Each gives its results once.", nameof(windows));
        }

        return new WindowedStream<TKey, T>(_builder, _node, new SharedWindows(all), lateness);
    }
}
