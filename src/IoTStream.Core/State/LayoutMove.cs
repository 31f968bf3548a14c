namespace IoTStream.State;

/// <summary>Bytes of a former layout, and where they are now.</summary>
internal readonly record struct LayoutMove(int From, int To, int Length);
