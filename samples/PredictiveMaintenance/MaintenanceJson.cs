using System.Text.Json.Serialization;
using PredictiveMaintenance.Accounting;
using PredictiveMaintenance.Analysis;
using PredictiveMaintenance.Cloud;
using PredictiveMaintenance.Edge;
using PredictiveMaintenance.History;
using PredictiveMaintenance.Machines;

namespace PredictiveMaintenance;

/// <summary>How the records of the sample look as JSON; found out when compiling, not by reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(MotionReading))]
[JsonSerializable(typeof(ProcessReading))]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(Heard))]
[JsonSerializable(typeof(Incident))]
[JsonSerializable(typeof(RemainingLife))]
[JsonSerializable(typeof(WorkOrder))]
[JsonSerializable(typeof(Summary))]
[JsonSerializable(typeof(ReplaySummary))]
internal sealed partial class MaintenanceJson : JsonSerializerContext;
