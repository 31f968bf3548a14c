namespace IoTStream.Log;

/// <summary>Reads epochs in order. Not thread-safe.</summary>
internal interface IEpochReader : IDisposable
{
    /// <summary>Reads the next epoch.</summary>
    /// <param name="epoch">The epoch; valid until the next one is read.</param>
    /// <returns>False if there is none.</returns>
    bool TryRead(out Epoch epoch);
}
