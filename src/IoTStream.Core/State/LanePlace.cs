namespace IoTStream.State;

/// <summary>A lane among those that have a step.</summary>
/// <param name="Index">Its place among them, from 0.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct LanePlace(int Index, int Count);
