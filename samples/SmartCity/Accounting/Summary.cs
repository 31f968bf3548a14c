using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmartCity.Accounting;

/// <summary>How a run ended.</summary>
/// <param name="Sensors">Sensors of the fleet, or files that were replayed.</param>
/// <param name="Published">Messages that were sent.</param>
/// <param name="Received">Messages that reached the pipeline, each counted once.</param>
/// <param name="Decoded">Messages that could be decoded, plausible or not.</param>
/// <param name="DeadLettered">Messages that could not be decoded, or were not plausible.</param>
/// <param name="Late">Readings that came after their window had given its result.</param>
/// <param name="Windows">Results: one a road and window.</param>
/// <param name="CompleteWindows">Windows of which every reading was sent; the last one mostly is not complete.</param>
/// <param name="Alerts">Results in which traffic was slow.</param>
/// <param name="Lost">Messages that were sent and did not reach the pipeline.</param>
/// <param name="Duplicated">Messages that reached it once more than they were sent.</param>
/// <param name="Seconds">From the first message sent to the last one received.</param>
/// <param name="ThroughputPerSecond">Messages received a second.</param>
/// <param name="LatencyMsP50">The time, from sending a reading until it is in its window, that half of them took at most; null for a replay.</param>
/// <param name="LatencyMsP99">The same for 99 % of them.</param>
/// <param name="Balanced">Whether everything fits together.</param>
/// <param name="Differences">What does not.</param>
internal sealed record Summary(
    int Sensors,
    long Published,
    long Received,
    long Decoded,
    long DeadLettered,
    long Late,
    long Windows,
    int CompleteWindows,
    long Alerts,
    long Lost,
    long Duplicated,
    double Seconds,
    double ThroughputPerSecond,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? LatencyMsP50,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? LatencyMsP99,
    bool Balanced,
    IReadOnlyList<string> Differences)
{
    private static readonly CityJson Indented = new(new JsonSerializerOptions(CityJson.Default.Options) { WriteIndented = true });

    public static Summary Of(Ledger ledger, Audit audit, IReadOnlyList<string> differences, TimeSpan elapsed)
    {
        Tally tally = audit.Tally;
        double seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        return new Summary(
            ledger.Sensors,
            ledger.Total,
            tally.Received,
            tally.Decoded,
            tally.DeadLettered,
            tally.Late,
            tally.Windows,
            ledger.Windows.Keys.Select(key => key.Start).Distinct()
                .Count(start => ledger.WindowEnd(start.ToUnixTimeMilliseconds()) <= ledger.CompleteTo),
            tally.Alerts,
            ledger.Total - tally.Received,
            tally.Duplicated,
            Math.Round(seconds, 3),
            Math.Round(tally.Received / seconds, 1),
            Rounded(audit.Latency.Milliseconds(0.5)),
            Rounded(audit.Latency.Milliseconds(0.99)),
            differences.Count == 0,
            differences);
    }

    public string ToJson() => JsonSerializer.Serialize(this, Indented.Summary);

    private static double? Rounded(double? milliseconds) => milliseconds is { } value ? Math.Round(value, 3) : null;
}
