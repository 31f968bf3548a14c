using System.Runtime.CompilerServices;

namespace IoTStream.State;

/// <summary>A stable hash of keys as a type argument, so that one of a few instructions costs no call.</summary>
internal interface IKeyHash<in TKey>
{
    uint Of(TKey key);
}

/// <summary>The hash of keys that are integers or enums.</summary>
internal readonly struct IntegerHash<TKey> : IKeyHash<TKey>
    where TKey : notnull
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Of(TKey key) => StableHash.OfIntegers(key);
}

/// <summary>The hash of other keys, or one of the user's.</summary>
internal readonly struct FunctionHash<TKey>(Func<TKey, uint> hash) : IKeyHash<TKey>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Of(TKey key) => hash(key);
}
