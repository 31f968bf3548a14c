namespace SmartCity.Accounting;

/// <summary>Says how a run ended: to people, and to a file for programs.</summary>
internal static class Report
{
    public static async Task WriteAsync(Summary summary, CityOptions options, TextWriter text)
    {
        (string Name, string Value)[] lines =
        [
            ("sensors", $"{summary.Sensors:N0}"),
            ("published", $"{summary.Published:N0} messages in {summary.Seconds:N1} s, {summary.ThroughputPerSecond:N0} a second"),
            ("received", $"{summary.Received:N0}, lost {summary.Lost:N0}, duplicated {summary.Duplicated:N0}"),
            ("decoded", $"{summary.Decoded:N0}"),
            ("dead-lettered", $"{summary.DeadLettered:N0}"),
            ("late", $"{summary.Late:N0}"),
            ("windows", $"{summary.Windows:N0} results, {summary.CompleteWindows:N0} windows complete"),
            ("alerts", $"{summary.Alerts:N0}"),
            ("latency", summary.LatencyMsP50 is null ? "not measured" : $"p50 {summary.LatencyMsP50:N1} ms, p99 {summary.LatencyMsP99:N1} ms"),
            ("results", options.Output.Path),
        ];
        foreach ((string name, string value) in lines)
        {
            await text.WriteLineAsync($"  {name,-14} {value}");
        }

        await text.WriteLineAsync(summary.Balanced ? "The accounts balance." : "THE ACCOUNTS DO NOT BALANCE:");
        foreach (string difference in summary.Differences)
        {
            await text.WriteLineAsync($"  {difference}");
        }

        if (options.Summary is { } file)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            await File.WriteAllTextAsync(file, summary.ToJson() + "\n");
        }
    }
}
