using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>Lets through the first of records of a key that follow each other within a time: what a device sends again and again.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="within">How near by event time a record has to be to the latest one that was let through, to be left out; more than zero.</param>
    /// <param name="onError">What happens to a record whose key cannot be determined.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="within"/> is zero or less.</exception>
    public KeyedStream<TKey, T> Deduplicate(string name, TimeSpan within, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Deduplicate(name, static _ => true, within, onError);

    /// <summary>
    /// Leaves out records that have the same key and id as one that was let through: what comes twice because it was sent twice. An id is forgotten when the
    /// watermark has passed it by the time; what comes again after that is let through. What is left out is counted as dropped.
    /// </summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="id">What tells records of a key apart: a number, a hash, the whole record.</param>
    /// <param name="within">
    /// How near by event time a record has to be to the latest one with its id that was let through, to be left out; more than zero, and best
    /// no less than the disorder that is expected.
    /// </param>
    /// <param name="onError">What happens to a record whose key or id cannot be determined.</param>
    /// <typeparam name="TId">The type of the id.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="within"/> is zero or less.</exception>
    public KeyedStream<TKey, T> Deduplicate<TId>(string name, Func<T, TId> id, TimeSpan within, ErrorPolicy onError = ErrorPolicy.Fail)
        where TId : notnull
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(within, TimeSpan.Zero);
        var node = new DeduplicateNode<TKey, T, TId>(_node, id, within, name) { ErrorPolicy = onError };
        _node.AddConsumer(node);
        return new KeyedStream<TKey, T>(_builder, _builder.Add(node));
    }

    /// <summary>
    /// Tells when a key has been silent for a time, and when it is heard of again. By event time this goes by the records' timestamps alone, whatever the order of their
    /// arrival: a key is absent if it has no record up to and at the end of that time, and it is told when the watermark gets there. When a bounded stream ends,
    /// every key is absent in the end.
    /// </summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="after">How long a key has to be silent; more than zero.</param>
    /// <param name="by">Whether the time is that of the records or that of the clock.</param>
    /// <param name="onError">What happens to a record whose key cannot be determined.</param>
    /// <returns>An absence and a return by turns, for each key. By event time, late records are counted and do not count as signs of life.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="after"/> is zero or less.</exception>
    public DataStream<Presence<TKey>> DetectAbsence(
        string name, TimeSpan after, TimerKind by = TimerKind.EventTime, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(after, TimeSpan.Zero);
        KeyedStream<TKey, T> stream = by == TimerKind.ProcessingTime || _node.IsInOrder ? this : InOrder($"{name} in order", onError);
        return stream.Process(name, () => new AbsenceDetection<TKey, T>(after, by), onError);
    }
}
