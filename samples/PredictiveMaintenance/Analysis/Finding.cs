namespace PredictiveMaintenance.Analysis;

/// <summary>What a detector says: that an anomaly has begun, or how it went.</summary>
internal abstract record Finding(string Machine, DateTimeOffset At);

/// <summary>An anomaly has begun.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="At">When it was clear.</param>
/// <param name="Fault">What is probably wrong.</param>
/// <param name="Signal">The signal that is most off.</param>
/// <param name="Score">By how many standard deviations.</param>
internal sealed record Alert(string Machine, DateTimeOffset At, Fault Fault, string Signal, double Score) : Finding(Machine, At);

/// <summary>The measurements before and after the beginning of an anomaly.</summary>
internal sealed record Diagnostics(string Machine, DateTimeOffset At, Fault Fault, IReadOnlyList<string> Signals, IReadOnlyList<Measurement> Measurements) : Finding(Machine, At);
