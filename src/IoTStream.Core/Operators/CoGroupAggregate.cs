using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// Collects the records of two streams that share a key and a window, in the order of event time: that of arrival would depend on how the
/// streams interleave wherever what one of them brings makes two sessions one.
/// </summary>
internal readonly struct CoGroupAggregate<TKey, TLeft, TRight>
    : IMergeableAggregate<Joined<TKey, TLeft, TRight>, CoGroupAggregate<TKey, TLeft, TRight>.Lists, (TLeft[] Left, TRight[] Right)>,
        IAccumulatorFormat<CoGroupAggregate<TKey, TLeft, TRight>.Lists>
{
    public Lists Create() => default;

    public void Add(ref Lists accumulator, Joined<TKey, TLeft, TRight> value, RecordContext context)
    {
        if (value.IsRight)
        {
            (accumulator.Right ??= new()).Add(context.TimestampTicks, value.Right);
        }
        else
        {
            (accumulator.Left ??= new()).Add(context.TimestampTicks, value.Left);
        }
    }

    public void Merge(ref Lists accumulator, in Lists other)
    {
        if (other.Left is not null)
        {
            (accumulator.Left ??= new()).Merge(other.Left);
        }

        if (other.Right is not null)
        {
            (accumulator.Right ??= new()).Merge(other.Right);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The lists go on growing with late records, and are the user's to keep: so they are copied.</remarks>
    public (TLeft[] Left, TRight[] Right) GetResult(in Lists accumulator) =>
        (accumulator.Left?.Values.ToArray() ?? [], accumulator.Right?.Values.ToArray() ?? []);

    public StateSerializer<Lists> Serializer(StateSerializers serializers) => new CoGroupSerializer<TKey, TLeft, TRight>(
        new TimedListSerializer<TLeft>(serializers.Of<TLeft>()), new TimedListSerializer<TRight>(serializers.Of<TRight>()));

    internal struct Lists
    {
        public TimedList<TLeft>? Left;
        public TimedList<TRight>? Right;
    }
}
