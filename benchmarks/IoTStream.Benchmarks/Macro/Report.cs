namespace IoTStream.Benchmarks.Macro;

/// <summary>What a run of the macro runner found.</summary>
internal sealed record Report(IReadOnlyList<Measurement> Measurements, IReadOnlyList<Ratio> Ratios)
{
    /// <summary>Compares what was measured with the goals of the workloads. A goal beside something that was not measured is left out.</summary>
    public static Report Of(IReadOnlyList<Measurement> measurements, IEnumerable<Workload> workloads)
    {
        var rates = measurements.ToDictionary(measurement => $"{measurement.Workload}/{measurement.Variant}", measurement => measurement.EventsPerSecond);
        List<Ratio> ratios = [];
        foreach (Workload workload in workloads)
        {
            foreach (Goal goal in workload.Goals)
            {
                string reference = goal.Reference.Contains('/', StringComparison.Ordinal) ? goal.Reference : $"{workload.Name}/{goal.Reference}";
                if (rates.TryGetValue($"{workload.Name}/{goal.Variant}", out double rate) && rates.TryGetValue(reference, out double other))
                {
                    ratios.Add(new Ratio(workload.Name, goal.Variant, goal.Reference, goal.AtLeast, rate / other));
                }
            }
        }

        return new Report(measurements, ratios);
    }
}
