namespace IoTStream.Time;

/// <summary>What a window found out about a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Window">The window.</param>
/// <param name="Value">The aggregate over the window's records of that key.</param>
/// <param name="Timing">Whether the window's result came on time, before that, or late.</param>
/// <param name="Pane">Which result of this key and window it is: 0 is the first, whatever its timing, and each further one counts one more.</param>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="TValue">The type of the aggregate.</typeparam>
public readonly record struct WindowResult<TKey, TValue>(TKey Key, Window Window, TValue Value, WindowTiming Timing, int Pane);
