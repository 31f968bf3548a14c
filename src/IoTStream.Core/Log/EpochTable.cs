namespace IoTStream.Log;

/// <summary>What the numbers in sections stand for: a state table, a source or a sink.</summary>
/// <param name="Number">The number, which has a meaning in its own epoch only.</param>
/// <param name="Name">Its name, the same in all epochs.</param>
/// <param name="Format">How keys and values are made of bytes, in the words of whoever wrote them.</param>
internal readonly record struct EpochTable(int Number, string Name, string Format);
