using System.Text.Json.Serialization;

namespace IoTStream.Avro;

internal sealed record ReferenceMessage(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("version")] int Version);

internal sealed record SchemaMessage(
    [property: JsonPropertyName("schema")] string? Schema,
    [property: JsonPropertyName("schemaType")] string? SchemaType,
    [property: JsonPropertyName("references")] IReadOnlyList<ReferenceMessage>? References,
    [property: JsonPropertyName("subject")] string? Subject,
    [property: JsonPropertyName("version")] int? Version,
    [property: JsonPropertyName("id")] int? Id);

internal sealed record ErrorMessage([property: JsonPropertyName("error_code")] int ErrorCode, [property: JsonPropertyName("message")] string? Message);

internal sealed record CompatibilityMessage(
    [property: JsonPropertyName("is_compatible")] bool IsCompatible,
    [property: JsonPropertyName("messages")] IReadOnlyList<string>? Messages);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SchemaMessage))]
[JsonSerializable(typeof(ErrorMessage))]
[JsonSerializable(typeof(CompatibilityMessage))]
internal sealed partial class RegistryMessages : JsonSerializerContext;
