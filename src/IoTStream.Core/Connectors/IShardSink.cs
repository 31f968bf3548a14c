namespace IoTStream.Connectors;

/// <summary>A sink whose outbox is applied by the same transaction that commits the epoch of a shard.</summary>
/// <typeparam name="T">The type of the records.</typeparam>
internal interface IShardSink<T>
{
    /// <summary>Opens a writer that only encodes.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="step">The name of the sink step.</param>
    IOutboxWriter<T> OpenShardOutbox(ShardPlace shard, string step);
}
