using PredictiveMaintenance.Analysis;

namespace PredictiveMaintenance.Simulation;

/// <summary>Something that goes wrong with a machine for a while.</summary>
internal sealed record Injection(string Machine, Fault Fault, DateTimeOffset From, DateTimeOffset To)
{
    public bool IsOn(DateTimeOffset at) => at >= From && at < To;
}
