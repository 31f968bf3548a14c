using IoTStream.Runtime;

namespace SmartCity.Accounting;

/// <summary>Compares what was sent with what arrived and came out. Everything is counted from the records themselves and again by the job's metrics.</summary>
internal static class Accounts
{
    private const int WindowsTold = 5;

    /// <summary>What does not fit together, a sentence each; empty if the accounts balance.</summary>
    public static IReadOnlyList<string> Differences(Ledger ledger, Audit audit, IReadOnlyList<StepMetrics> metrics)
    {
        Tally tally = audit.Tally;
        var differences = new List<string>();
        void Require(long found, long expected, string what)
        {
            if (found != expected)
            {
                differences.Add($"{what}: {found:N0} instead of {expected:N0}.");
            }
        }

        Require(tally.Received, ledger.Total, "Messages received, each counted once");
        Require(tally.Duplicated, 0, "Messages received more than once");
        Require(tally.Unknown, 0, "Messages received that nobody has sent");
        Require(tally.DeadLettered, ledger.DeadLetters, "Dead letters");
        Require(tally.Late, ledger.Late, "Late readings");
        long inWindows = audit.Windows.Values.Sum(window => window.Readings);
        Require(inWindows + tally.Late + tally.DeadLettered, tally.Received + tally.Duplicated + tally.Unknown, "Readings in windows, late readings and dead letters");

        Require(Of(metrics, "check").RecordsIn, tally.Decoded, "Decoded messages by the job's metrics");
        Require(metrics.Sum(step => step.DeadLetters), tally.DeadLettered, "Dead letters by the job's metrics");
        Require(Of(metrics, "traffic").Late, tally.Late, "Late readings by the job's metrics");
        Require(Of(metrics, "traffic").RecordsOut, tally.Windows, "Results of windows by the job's metrics");

        differences.AddRange(InWindows(ledger, audit));
        return differences;
    }

    private static StepMetrics Of(IReadOnlyList<StepMetrics> metrics, string step) =>
        metrics.First(metric => metric.Step.Equals(step, StringComparison.Ordinal));

    private static IEnumerable<string> InWindows(Ledger ledger, Audit audit)
    {
        List<WindowKey> wrong =
        [
            .. ledger.Windows.Keys.Union(audit.Windows.Keys)
                .Where(key => ledger.Windows.GetValueOrDefault(key) != audit.Windows.GetValueOrDefault(key))
                .OrderBy(key => key.Start).ThenBy(key => key.Road, StringComparer.Ordinal),
        ];
        foreach (WindowKey key in wrong.Take(WindowsTold))
        {
            WindowCount found = audit.Windows.GetValueOrDefault(key), expected = ledger.Windows.GetValueOrDefault(key);
            yield return $"Window {key.Start:yyyy-MM-dd HH:mm:ss} of {key.Road}: {found.Readings:N0} readings of {found.Vehicles:N0} vehicles "
                + $"instead of {expected.Readings:N0} of {expected.Vehicles:N0}.";
        }

        if (wrong.Count > WindowsTold)
        {
            yield return $"{wrong.Count - WindowsTold:N0} more windows differ.";
        }
    }
}
