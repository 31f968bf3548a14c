using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>A record of either stream of a join by windows, with the key that it had.</summary>
internal readonly struct Joined<TKey, TLeft, TRight> : IStateFormat<Joined<TKey, TLeft, TRight>>
{
    private Joined(TKey key, TLeft left, TRight right, bool isRight)
    {
        Key = key;
        Left = left;
        Right = right;
        IsRight = isRight;
    }

    public TKey Key { get; }

    /// <summary>The record, if it is not <see cref="IsRight"/>.</summary>
    public TLeft Left { get; }

    /// <summary>The record, if it is <see cref="IsRight"/>.</summary>
    public TRight Right { get; }

    public bool IsRight { get; }

    public static Joined<TKey, TLeft, TRight> OfLeft(TKey key, TLeft record) => new(key, record, default!, isRight: false);

    public static Joined<TKey, TLeft, TRight> OfRight(TKey key, TRight record) => new(key, default!, record, isRight: true);

    public StateSerializer<Joined<TKey, TLeft, TRight>> Serializer(StateSerializers serializers) =>
        new JoinedSerializer<TKey, TLeft, TRight>(serializers.Of<TKey>(), serializers.Of<TLeft>(), serializers.Of<TRight>());
}
