namespace PredictiveMaintenance.Analysis;

/// <summary>What a detector remembers of a machine.</summary>
internal sealed record DetectorState
{
    /// <summary>A baseline for each signal.</summary>
    public required Baseline[] Baselines { get; init; }

    /// <summary>The last measurements, oldest first.</summary>
    public IReadOnlyList<Measurement> Latest { get; init; } = [];

    /// <summary>How many measurements in a row were off.</summary>
    public int Off { get; init; }

    /// <summary>How many in a row were normal.</summary>
    public int Normal { get; init; }

    /// <summary>How many measurements ago the present anomaly was found; 0 if there is none.</summary>
    public int Since { get; init; }

    /// <summary>What is probably wrong.</summary>
    public Fault Fault { get; init; }
}
