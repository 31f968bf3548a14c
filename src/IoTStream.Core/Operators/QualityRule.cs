namespace IoTStream.Operators;

/// <summary>A rule that a record keeps or breaks by itself.</summary>
/// <param name="Bit">Its bit among those of all rules.</param>
/// <param name="IsKept">Whether a record keeps it.</param>
internal sealed record QualityRule<T>(ulong Bit, Func<T, bool> IsKept);
