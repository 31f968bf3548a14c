namespace PredictiveMaintenance.Analysis;

/// <summary>The signals of a machine at an instant.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="At">The end of the stretch of time that they describe.</param>
/// <param name="Readings">How many readings they come from.</param>
/// <param name="Values">A value for each signal, in the order of the signals.</param>
internal sealed record Measurement(string Machine, DateTimeOffset At, int Readings, double[] Values);
