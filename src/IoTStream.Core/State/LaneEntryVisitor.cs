namespace IoTStream.State;

/// <summary>Takes an entry of a <see cref="LaneState"/>.</summary>
internal delegate void LaneEntryVisitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
