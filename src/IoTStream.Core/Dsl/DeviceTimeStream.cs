using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <summary>A stream each of whose keys goes by its own time, which the records of that key alone move on. See docs/device-time.md.</summary>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class DeviceTimeStream<TKey, T>
    where TKey : notnull
{
    private readonly TopologyBuilder _builder;
    private readonly KeyedNode<TKey, T> _node;
    private readonly DeviceTime _deviceTime;

    internal DeviceTimeStream(TopologyBuilder builder, KeyedNode<TKey, T> node, DeviceTime deviceTime)
    {
        _builder = builder;
        _node = node;
        _deviceTime = deviceTime;
    }

    /// <summary>Divides the time of each key into windows.</summary>
    /// <remarks>
    /// A window of a key gives its result when that key's watermark reaches the window's last instant, when the key has been silent for the
    /// idle timeout, or when the input ends. Which records are late is judged by that watermark too.
    /// </remarks>
    /// <param name="windows">Which: <see cref="Tumbling.Of"/>, <see cref="Sliding.Of"/>, <see cref="Sessions.WithGap"/>, or <see cref="Civil.Days"/> and the like.</param>
    /// <param name="lateness">
    /// How long, in the key's own time, a window waits for late records after it has given its result. Has no default: it decides what is lost.
    /// </param>
    public WindowedStream<TKey, T> Window(WindowSpec windows, AllowedLateness lateness)
    {
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(lateness);
        return new WindowedStream<TKey, T>(_builder, _node, windows, lateness) { Rules = new WindowRules(_deviceTime, Trigger: null) };
    }
}
