namespace IoTStream.Time;

/// <summary>A key has fallen silent, or is heard of again.</summary>
/// <param name="Key">The key.</param>
/// <param name="IsPresent">Whether it is heard of again.</param>
/// <param name="At">When its silence had lasted long enough, or when its next record came.</param>
/// <param name="LastSeen">Its last record before that.</param>
/// <typeparam name="TKey">The type of the key.</typeparam>
public readonly record struct Presence<TKey>(TKey Key, bool IsPresent, DateTimeOffset At, DateTimeOffset LastSeen);
