namespace PredictiveMaintenance.Machines;

/// <summary>What a machine says of its motion every tenth of a second, over MQTT.</summary>
/// <param name="Number">Counts the readings of the machine.</param>
/// <param name="AtMs">When, in milliseconds since 1970.</param>
/// <param name="Vibration">The samples of the acceleration sensor in g since the last reading.</param>
/// <param name="Current">The current of the motor, in A.</param>
/// <param name="Machine">The machine, from the topic.</param>
internal sealed record MotionReading(long Number, long AtMs, double[] Vibration, double Current, string Machine = "")
{
    /// <summary>Samples of acceleration a second.</summary>
    public const int Rate = 640;
}
