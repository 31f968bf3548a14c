using PredictiveMaintenance.Analysis;

namespace PredictiveMaintenance.History;

/// <summary>How the detector fared with a recorded series.</summary>
/// <param name="Series">The file.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="LabelledWindows">How many stretches people have marked as wrong.</param>
/// <param name="WindowsHit">How many of them have an alert.</param>
/// <param name="FalseAlarms">How many alerts are in none.</param>
/// <param name="Alerts">When there were alerts.</param>
internal sealed record ReplaySummary(string Series, int Rows, int LabelledWindows, int WindowsHit, int FalseAlarms, IReadOnlyList<DateTimeOffset> Alerts)
{
    public static ReplaySummary Of(string path, Series series, IReadOnlyList<Alert> alerts, IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> labels) => new(
        path,
        series.Points.Count,
        labels.Count,
        labels.Count(label => alerts.Any(alert => IsWithin(alert, label))),
        alerts.Count(alert => !labels.Any(label => IsWithin(alert, label))),
        [.. alerts.Select(static alert => alert.At)]);

    public void Write(TextWriter output)
    {
        output.WriteLine($"{Rows:N0} rows of {Path.GetFileName(Series)}");
        output.WriteLine($"labelled windows hit  {WindowsHit} of {LabelledWindows}");
        output.WriteLine($"false alarms          {FalseAlarms}");
        foreach (DateTimeOffset alert in Alerts)
        {
            output.WriteLine($"  alert {alert:yyyy-MM-dd HH:mm}");
        }
    }

    private static bool IsWithin(Alert alert, (DateTimeOffset From, DateTimeOffset To) label) => alert.At >= label.From && alert.At <= label.To;
}
