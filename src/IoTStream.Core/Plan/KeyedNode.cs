using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Plan;

/// <summary>A step whose records are on the lane that owns their key.</summary>
internal abstract class KeyedNode<TKey, T> : StreamNode<T>
    where TKey : notnull
{
    protected KeyedNode(NodeKind kind, string? name, Node input, KeySelector<T, TKey> key, Func<TKey, int>? hash)
        : base(kind, name, input)
    {
        Key = key;
        Hash = hash;
        GroupHash = hash is null ? StableHash.For<TKey>() : found => StableHash.OfInteger((uint)hash(found));
    }

    public KeySelector<T, TKey> Key { get; }

    /// <summary>The hash that the user gave, by which keys are assigned to lanes; null for the one that the library has.</summary>
    public Func<TKey, int>? Hash { get; }

    /// <summary>The hash that says which key group a key belongs to; null if keys of this type have none.</summary>
    public Func<TKey, uint>? GroupHash { get; }

    /// <summary>Whether the records of each lane come in the order of their timestamps, and none of them is late.</summary>
    public virtual bool IsInOrder => false;

    public sealed override KeyOwnership? OwnershipOfOutput(int[] owners, int lane) =>
        GroupHash is null ? null : new KeyOwnership<TKey>(GroupHash, owners, lane);

    /// <summary>How the records relate to event time.</summary>
    public EventOrder Order => IsInOrder ? EventOrder.InOrder : HasEventTime ? EventOrder.Arrival : EventOrder.None;
}
