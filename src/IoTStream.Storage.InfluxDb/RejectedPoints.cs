namespace IoTStream.Storage.InfluxDb;

/// <summary>What happens to points that cannot be stored.</summary>
public enum RejectedPoints
{
    /// <summary>The job fails with an <see cref="InfluxDbException"/> that says why. The default.</summary>
    Fail,

    /// <summary>They are left out and counted, by <c>iotstream.influxdb.rejected</c> of the meter <c>IoTStream.Storage.InfluxDb</c>.</summary>
    Skip,
}
