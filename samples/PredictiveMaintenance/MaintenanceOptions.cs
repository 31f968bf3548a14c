namespace PredictiveMaintenance;

/// <summary>What is run, as the command line says.</summary>
internal sealed record MaintenanceOptions
{
    public int Machines { get; init; } = 8;

    /// <summary>How long the machines report, on the wall clock.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an hour is taken to be.</summary>
    public TimeSpan Hour { get; init; } = TimeSpan.FromSeconds(5);

    public Folder Output { get; init; } = new(Path.Combine("artifacts", "predictive-maintenance"));

    /// <summary>The file that the summary is written to as JSON, if any.</summary>
    public string? Summary { get; init; }

    /// <summary>The recorded series to run the detector over; none for simulated machines.</summary>
    public string? Replay { get; init; }

    /// <summary>The database that work orders are written into besides the files; null for none.</summary>
    public string? PostgreSql { get; init; }

    /// <summary>Whether alerts are shown as they come.</summary>
    public bool Ui { get; init; } = true;

    /// <summary>How long the end may take until what has not arrived counts as lost.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(30);
}
