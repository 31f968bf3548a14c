namespace IoTStream.Operators;

/// <summary>How asynchronous calls are made; see the options that users give.</summary>
internal sealed record CallSettings(
    int MaxInFlight, bool KeepOrder, TimeSpan Timeout, int Attempts, TimeSpan RetryDelay, TimeSpan MaxRetryDelay);
