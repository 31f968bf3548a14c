using IoTStream.Time;
using PredictiveMaintenance.Analysis;

namespace PredictiveMaintenance.Cloud;

/// <summary>The same fault on several machines at about the same time: something that they share is wrong.</summary>
internal sealed record Incident(Fault Fault, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<string> Machines)
{
    public const int LeastMachines = 3;

    public static Incident Of(WindowResult<Fault, IReadOnlyList<Alert>> window) => new(
        window.Key,
        window.Value.Min(static alert => alert.At),
        window.Value.Max(static alert => alert.At),
        [.. window.Value.Select(static alert => alert.Machine).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
}
