namespace IoTStream.Operators;

/// <summary>How often an item occurred.</summary>
/// <param name="Item">The item.</param>
/// <param name="AtLeast">It occurred at least so often.</param>
/// <param name="AtMost">It occurred at most so often; the same as <paramref name="AtLeast"/> as long as no counters had to be given up.</param>
/// <typeparam name="TItem">The type of the item.</typeparam>
public readonly record struct Frequency<TItem>(TItem Item, long AtLeast, long AtMost);
