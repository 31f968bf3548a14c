namespace IoTStream.Mqtt.Broker;

/// <summary>The disk has failed the broker: what was to be acknowledged may not be there after a restart.</summary>
internal sealed class JournalFailedException(Exception cause) : Exception($"The broker's store cannot be written: {cause.Message}", cause);
