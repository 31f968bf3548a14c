namespace IoTStream.Operators;

/// <summary>A rule for a number of a record and the same number of an earlier record of its key.</summary>
/// <param name="Name">Its name, by which what it remembers is found again.</param>
/// <param name="Bit">Its bit among those of all rules.</param>
/// <param name="Number">The number; a record that has none, or one that is not a number, is not compared.</param>
/// <param name="Judge">What becomes of a record's number, given what is remembered.</param>
internal sealed record SequenceRule<T>(string Name, ulong Bit, Func<T, double?> Number, Func<Remembered, Remembered, Judgement> Judge);
