namespace IoTStream.Operators;

/// <summary>A number that later ones of the same key are compared with.</summary>
/// <param name="Number">The number.</param>
/// <param name="Timestamp">Its record's timestamp, in UTC ticks.</param>
internal readonly record struct Remembered(double Number, long Timestamp);
