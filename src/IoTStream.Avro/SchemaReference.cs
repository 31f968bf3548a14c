namespace IoTStream.Avro;

/// <summary>A schema of a registry that another one uses.</summary>
/// <param name="Name">The full name that is used.</param>
/// <param name="Subject">The subject that defines it.</param>
/// <param name="Version">Which of its versions.</param>
public sealed record SchemaReference(string Name, string Subject, int Version);
