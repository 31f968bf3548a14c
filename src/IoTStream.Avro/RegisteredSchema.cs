namespace IoTStream.Avro;

/// <summary>A schema as a registry has it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Subject">The subject that it was asked for by.</param>
/// <param name="Version">Its version in the subject.</param>
/// <param name="Schema">The schema.</param>
public sealed record RegisteredSchema(int Id, string Subject, int Version, AvroSchema Schema);
