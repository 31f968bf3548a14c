using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>
    /// Lets a number of records of each key through in an interval and holds off the others. An interval begins with the first record that is let
    /// through after the one before has ended.
    /// </summary>
    /// <remarks>Goes by the timestamps of the records, in the order of their arrival; after <c>WithProcessingTime</c> by the clock.</remarks>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="count">How many are let through; at least 1.</param>
    /// <param name="interval">How long an interval is; more than zero, at most a thousand years.</param>
    /// <param name="onError">What happens to a record whose key throws.</param>
    /// <returns>The records that are let through, still by key. The others are counted as dropped.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count or interval is out of range.</exception>
    public KeyedStream<TKey, T> Throttle(string name, int count, TimeSpan interval, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Throttle(name, count, interval, out _, onError);

    /// <inheritdoc cref="Throttle(string, int, TimeSpan, ErrorPolicy)"/>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="count">How many are let through; at least 1.</param>
    /// <param name="interval">How long an interval is; more than zero, at most a thousand years.</param>
    /// <param name="rejected">The records that are held off.</param>
    /// <param name="onError">What happens to a record whose key throws.</param>
    public KeyedStream<TKey, T> Throttle(
        string name, int count, TimeSpan interval, out DataStream<T> rejected, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(interval, TimeSpan.FromDays(365_250));
        var node = new ThrottleNode<TKey, T>(_node, count, interval, name) { ErrorPolicy = onError };
        _node.AddConsumer(node);
        _builder.Add(node);
        rejected = new DataStream<T>(_builder, _builder.Add(node.Rejected));
        return new KeyedStream<TKey, T>(_builder, node);
    }

    /// <summary>Keeps the last record of each key in every interval: a steady, slower rate out of a fast one.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="every">How long an interval is; more than zero. Intervals are counted like tumbling windows.</param>
    /// <param name="lateness">How long an interval waits for late records after it has given its result.</param>
    /// <param name="onError">What happens to a record whose key throws.</param>
    /// <returns>The records, each with the last instant of its interval as its timestamp.</returns>
    public DataStream<T> Sample(string name, TimeSpan every, AllowedLateness lateness, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Window(Tumbling.Of(every), lateness)
            .Aggregate(name, Aggregates.Last<T>(), onError)
            .Select(static result => result.Value);

    /// <summary>Waits until a key has been quiet for a while, then gives its last record: of a burst, only how it ended.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="quiet">How long, in event time; more than zero, at most a thousand years.</param>
    /// <param name="lateness">How long a burst that has been given waits for late records that change its end.</param>
    /// <param name="onError">What happens to a record whose key throws.</param>
    /// <returns>The records, each with the instant at which its key had been quiet for long enough, less one tick, as its timestamp.</returns>
    public DataStream<T> Debounce(string name, TimeSpan quiet, AllowedLateness lateness, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Window(Sessions.WithGap(quiet), lateness)
            .Aggregate(name, Aggregates.Last<T>(), onError)
            .Select(static result => result.Value);
}
