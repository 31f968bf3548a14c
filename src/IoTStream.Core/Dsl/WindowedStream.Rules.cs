using IoTStream.Plan;

namespace IoTStream.Dsl;

public sealed partial class WindowedStream<TKey, T>
{
    /// <summary>By whose time the windows go and when they give results; null if by the stream's, and on time.</summary>
    internal WindowRules? Rules { get; init; }

    /// <summary>Has the windows give results early, or late ones less often. See docs/windows.md.</summary>
    /// <param name="trigger">When: see <see cref="Triggers"/>. It replaces one that was given before.</param>
    public WindowedStream<TKey, T> Trigger(Trigger trigger)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        return new WindowedStream<TKey, T>(_builder, _node, _windows, _lateness) { Rules = new WindowRules(Rules?.DeviceTime, trigger) };
    }

    private WindowOperatorFactory<TKey, T, TResult> OperatorFactory<TResult>(Aggregation<T, TResult> aggregation) => Rules is null
        ? _windows.OperatorFactory<TKey, T, TResult>(aggregation, _lateness)
        : _windows.KeyedOperatorFactory<TKey, T, TResult>(aggregation, _lateness, Rules);
}
