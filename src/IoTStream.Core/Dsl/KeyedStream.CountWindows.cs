namespace IoTStream.Dsl;

public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>Divides the records of each key into windows of a number of them, in the order in which they arrive.</summary>
    /// <param name="windows">Which: <see cref="CountWindows.Of(int)"/> or <see cref="CountWindows.Of(int, int)"/>.</param>
    public WindowedStream<TKey, T> Window(CountWindows windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        return new WindowedStream<TKey, T>(_builder, _node, windows, AllowedLateness.None);
    }

    /// <summary>
    /// Puts all records of a key into one window, which gives results when a trigger says so, and its last one, on time, when the input ends.
    /// A result bears the latest timestamp of the window's records.
    /// </summary>
    /// <param name="trigger">
    /// When: for example every so many records. With <see cref="Trigger.Discard"/> the window is emptied by each result; without, it grows for
    /// as long as the job runs, so choose an aggregate that does not.
    /// </param>
    public WindowedStream<TKey, T> GlobalWindow(Trigger trigger)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        return new WindowedStream<TKey, T>(_builder, _node, new GlobalWindow(), AllowedLateness.None)
        {
            Rules = new WindowRules(DeviceTime: null, trigger),
        };
    }
}
