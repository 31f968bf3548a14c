namespace IoTStream.Kafka.Tests.Errors;

/// <summary>Kinds of requests, as the protocol numbers them.</summary>
public enum Request
{
    Produce = 0,
    Fetch = 1,
    ListOffsets = 2,
    Metadata = 3,
    OffsetCommit = 8,
    OffsetFetch = 9,
    FindCoordinator = 10,
    JoinGroup = 11,
    Heartbeat = 12,
    SyncGroup = 14,
    InitProducerId = 22,
    AddPartitionsToTransaction = 24,
    EndTransaction = 26,
}
