namespace IoTStream.Coap.Messaging;

/// <summary>What has happened. Guarded by the lock of its message layer, but for reading.</summary>
internal sealed class MessageCounters
{
    public long Received;
    public long Sent;
    public long Foreign;
    public long Malformed;
    public long Rejected;
    public long Duplicates;
    public long Repetitions;
    public long Unanswered;
    public long Refused;
    public long SeparateResponses;
    public long HeldBack;
    public long Withheld;
}
