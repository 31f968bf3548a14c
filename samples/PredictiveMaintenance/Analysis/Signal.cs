namespace PredictiveMaintenance.Analysis;

/// <summary>A quantity that is watched.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Suspect">What is wrong with a machine if it is off.</param>
/// <param name="LeastSpread">The standard deviation that it has at least, however quiet it was: sensors are no better than that.</param>
internal sealed record Signal(string Name, Fault Suspect, double LeastSpread);
