namespace IoTStream.Connectors;

/// <summary>A source of which each shard of a topology can read a share.</summary>
internal interface IShardSource
{
    /// <summary>Says why it cannot be shared after all.</summary>
    /// <returns>Null if it can.</returns>
    string? WhyNotShared();
}
