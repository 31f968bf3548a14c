namespace IoTStream.Time;

/// <summary>What a window found out about a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Window">The window.</param>
/// <param name="Value">The aggregate over the window's records of that key.</param>
/// <param name="Timing">Whether this is the window's result on time or one that a late record brought about.</param>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="TValue">The type of the aggregate.</typeparam>
public readonly record struct WindowResult<TKey, TValue>(TKey Key, Window Window, TValue Value, WindowTiming Timing);
