namespace IoTStream.Connectors;

/// <summary>The element of a dead letter that was kept as text only, because <see cref="DeadLetterCodec"/> had not been told how elements of its type are kept. It cannot be replayed.</summary>
/// <param name="Type">Its type, with its namespace.</param>
/// <param name="Text">What it said of itself.</param>
public sealed record UnknownElement(string Type, string Text);
