namespace IoTStream.Operators;

/// <summary>What a rule finds when it compares a record with an earlier one.</summary>
/// <param name="IsKept">Whether the record keeps it.</param>
/// <param name="Remembers">Whether later records are compared with this one.</param>
internal readonly record struct Judgement(bool IsKept, bool Remembers);
