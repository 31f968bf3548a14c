namespace PredictiveMaintenance.Machines;

/// <summary>What a machine says of what it works on every tenth of a second, over CoAP.</summary>
/// <param name="Number">Counts the readings of the machine.</param>
/// <param name="AtMs">When, in milliseconds since 1970.</param>
/// <param name="Temperature">In °C.</param>
/// <param name="Pressure">In bar.</param>
/// <param name="Machine">The machine, from the path.</param>
internal sealed record ProcessReading(long Number, long AtMs, double Temperature, double Pressure, string Machine = "");
