namespace PredictiveMaintenance.Analysis;

/// <summary>When a signal is off, and for how long.</summary>
internal sealed record DetectorOptions
{
    /// <summary>How many measurements a detector learns from before it says anything.</summary>
    public int Learning { get; init; } = 10;

    /// <summary>How many measurements a baseline remembers.</summary>
    public int Memory { get; init; } = 60;

    /// <summary>How many standard deviations are too much.</summary>
    public double Threshold { get; init; } = 6;

    /// <summary>How many measurements in a row have to be off for an anomaly to begin.</summary>
    public int Confirmations { get; init; } = 2;

    /// <summary>How many in a row have to be normal for it to end.</summary>
    public int Recovery { get; init; } = 3;

    /// <summary>After how many measurements an anomaly is what is normal from then on.</summary>
    public int Acceptance { get; init; } = 120;

    /// <summary>How many measurements before and after the beginning of an anomaly are told.</summary>
    public int Context { get; init; } = 4;
}
