namespace IoTStream.Formats;

/// <summary>Reads a value of CBOR.</summary>
/// <param name="reader">The reader, at the value.</param>
/// <typeparam name="T">The type of the value.</typeparam>
public delegate T CborRead<out T>(ref CborReader reader);

/// <summary>Writes a value as CBOR.</summary>
/// <param name="writer">The writer.</param>
/// <param name="value">The value.</param>
/// <typeparam name="T">The type of the value.</typeparam>
public delegate void CborWrite<in T>(CborWriter writer, T value);
