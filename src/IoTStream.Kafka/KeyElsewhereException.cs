namespace IoTStream.Kafka;

/// <summary>A process was asked for a key that another one has, or nobody at the moment.</summary>
public sealed class KeyElsewhereException : Exception
{
    internal KeyElsewhereException(KafkaOwner owner)
        : base($"This process does not have shard {owner.Shard}, to which the key belongs{(owner.Address is { } address ? $": ask {address}" : ", and it is not known who has")}.") => Owner = owner;

    /// <summary>Who has it.</summary>
    public KafkaOwner Owner { get; }
}
