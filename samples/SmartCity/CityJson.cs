using System.Text.Json.Serialization;
using SmartCity.Accounting;
using SmartCity.Traffic;

namespace SmartCity;

/// <summary>How the records of the city look as JSON; found out when compiling, not by reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Reading))]
[JsonSerializable(typeof(RoadWindow))]
[JsonSerializable(typeof(Alert))]
[JsonSerializable(typeof(Rejected))]
[JsonSerializable(typeof(Summary))]
internal sealed partial class CityJson : JsonSerializerContext;
