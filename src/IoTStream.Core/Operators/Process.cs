using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// A function with state that belongs to no key. Derive from it, declare lists in the constructor, and give a factory of it to
/// <c>DataStream.Process</c>: each lane has an instance.
/// </summary>
/// <remarks>
/// An instance is used by one thread at a time. What it remembers are lists, for these can be dealt out anew when there are more lanes or
/// fewer: an element can turn up on another lane then, and the elements of several lanes on one. Give them that meaning. With an epoch log, each epoch has
/// the lists whole: do not let them grow large. A restart with as many lanes as before gives each lane its own; with another number the elements of
/// all lanes are put in a row and divided evenly. If the function is <see cref="IDisposable"/>, it is disposed when the job ends.
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
/// <typeparam name="TOut">The type of the results.</typeparam>
public abstract class Process<T, TOut>
{
    internal StateSet States { get; } = new();

    /// <summary>What makes of the lists, in the store that has them, what the epoch log has too.</summary>
    internal List<Func<KeyedStore<int>, StateSerializers, LaneState>> Lists { get; } = [];

    /// <summary>Processes a record. If it throws, what it has emitted and stored before stays.</summary>
    /// <param name="record">The record.</param>
    /// <param name="context">What is known besides, and what can be done.</param>
    public abstract void OnRecord(T record, ProcessContext<TOut> context);

    /// <summary>
    /// Called when event time has got further, before the steps after this one learn of it. When a bounded stream ends, it gets to the end of time,
    /// <see cref="DateTimeOffset.MaxValue"/>: then is the time to give what has been held back.
    /// </summary>
    /// <param name="watermark">No record of this instant or an earlier one is expected any more.</param>
    /// <param name="context">What is known besides, and what can be done. Results bear the watermark; at the end the latest timestamp that there was.</param>
    public virtual void OnWatermark(DateTimeOffset watermark, ProcessContext<TOut> context)
    {
    }

    /// <summary>Declares a list of this lane.</summary>
    /// <param name="name">The name, unique in the function and the same over restarts.</param>
    /// <typeparam name="TElement">The type of the elements.</typeparam>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    protected ListState<TElement> List<TElement>(string name)
    {
        ListState<TElement> list = States.List<TElement>(name);
        Lists.Add((store, serializers) => new DealtList<TElement>(list, store, serializers.Of<TElement>()));
        return list;
    }
}
