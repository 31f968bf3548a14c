using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>Collects the records of two streams that share a key and a window.</summary>
internal readonly struct CoGroupAggregate<TKey, TLeft, TRight>
    : IMergeableAggregate<Joined<TKey, TLeft, TRight>, CoGroupAggregate<TKey, TLeft, TRight>.Lists, (TLeft[] Left, TRight[] Right)>,
        IAccumulatorFormat<CoGroupAggregate<TKey, TLeft, TRight>.Lists>
{
    public Lists Create() => default;

    public void Add(ref Lists accumulator, Joined<TKey, TLeft, TRight> value, RecordContext context)
    {
        if (value.IsRight)
        {
            (accumulator.Right ??= []).Add(value.Right);
        }
        else
        {
            (accumulator.Left ??= []).Add(value.Left);
        }
    }

    public void Merge(ref Lists accumulator, in Lists other)
    {
        if (other.Left is not null)
        {
            (accumulator.Left ??= []).AddRange(other.Left);
        }

        if (other.Right is not null)
        {
            (accumulator.Right ??= []).AddRange(other.Right);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The lists go on growing with late records, and are the user's to keep: so they are copied.</remarks>
    public (TLeft[] Left, TRight[] Right) GetResult(in Lists accumulator) =>
        (accumulator.Left?.ToArray() ?? [], accumulator.Right?.ToArray() ?? []);

    public StateSerializer<Lists> Serializer(StateSerializers serializers) => new CoGroupSerializer<TKey, TLeft, TRight>(
        new ListSerializer<TLeft>(serializers.Of<TLeft>()), new ListSerializer<TRight>(serializers.Of<TRight>()));

    internal struct Lists
    {
        public List<TLeft>? Left;
        public List<TRight>? Right;
    }
}
