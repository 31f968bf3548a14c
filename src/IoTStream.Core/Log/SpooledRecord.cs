using IoTStream.Connectors;

namespace IoTStream.Log;

/// <summary>A record that waits in a <see cref="Spool"/>.</summary>
/// <param name="Offset">Its number in the topic, from 0.</param>
/// <param name="Stored">When it was stored, by the clock of the one who stored it.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Value">Its value.</param>
public readonly record struct SpooledRecord(long Offset, DateTimeOffset Stored, RecordHeaders Headers, ReadOnlyMemory<byte> Value);
