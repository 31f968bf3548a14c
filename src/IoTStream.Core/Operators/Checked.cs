namespace IoTStream.Operators;

/// <summary>A record with what was found when it was held against rules.</summary>
/// <param name="Value">The record.</param>
/// <param name="Quality">How far it can be trusted.</param>
/// <param name="BrokenRules">The names of the rules that it breaks, in the order in which the rules were given; empty for a good record.</param>
/// <typeparam name="T">The type of the record.</typeparam>
public readonly record struct Checked<T>(T Value, Quality Quality, IReadOnlyList<string> BrokenRules);
