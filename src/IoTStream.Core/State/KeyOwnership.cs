namespace IoTStream.State;

/// <summary>Which keys belong to a lane, when state is restored.</summary>
internal abstract class KeyOwnership
{
    /// <summary>Whether the keys of a group belong to the lane.</summary>
    public abstract bool OwnsGroup(int group);
}

/// <inheritdoc/>
/// <param name="hash">The hash that says which key group a key belongs to.</param>
/// <param name="owners">The lane that owns each key group.</param>
/// <param name="lane">The lane.</param>
internal sealed class KeyOwnership<TKey>(Func<TKey, uint> hash, int[] owners, int lane) : KeyOwnership
    where TKey : notnull
{
    private readonly bool _isSole = Array.TrueForAll(owners, owner => owner == lane);

    /// <summary>Whether a key belongs to the lane.</summary>
    public bool Owns(TKey key) => _isSole || owners[GroupOf(key)] == lane;

    /// <summary>The group of a key.</summary>
    public int GroupOf(TKey key) => KeyGroups.Of(hash(key));

    public override bool OwnsGroup(int group) => owners[group] == lane;
}
