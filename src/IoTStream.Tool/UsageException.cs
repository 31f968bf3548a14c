namespace IoTStream.Tool;

/// <summary>The user asked for something that is not there.</summary>
internal sealed class UsageException(string message) : Exception(message);
