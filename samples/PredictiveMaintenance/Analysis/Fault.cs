using System.Text.Json.Serialization;

namespace PredictiveMaintenance.Analysis;

/// <summary>What can be wrong with a machine.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Fault>))]
internal enum Fault
{
    Bearing,
    Imbalance,
    Overload,
    Overheating,
    Leak,
}
