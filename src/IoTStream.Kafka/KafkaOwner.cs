namespace IoTStream.Kafka;

/// <summary>Who has a key of a topology that is scaled out.</summary>
/// <param name="Shard">The shard that has it.</param>
/// <param name="IsHere">Whether this process runs the shard, and its state is there.</param>
/// <param name="Address">The address that the process gave which ran the shard last, as far as it is known here; null if it gave none.</param>
public readonly record struct KafkaOwner(int Shard, bool IsHere, string? Address);
