using PredictiveMaintenance.Analysis;

namespace PredictiveMaintenance.Edge;

/// <summary>What goes up from the gateway: one of the three.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Number">Counts the messages of the machine.</param>
/// <param name="Alert">An anomaly has begun.</param>
/// <param name="Diagnostics">How it began.</param>
/// <param name="Hour">The summary of an hour.</param>
internal sealed record Message(string Machine, long Number = 0, Alert? Alert = null, Diagnostics? Diagnostics = null, Hour? Hour = null)
{
    public static Message Of(Finding finding) => new(finding.Machine, Alert: finding as Alert, Diagnostics: finding as Diagnostics);
}
