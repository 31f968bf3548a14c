using IoTStream.Connectors;

namespace IoTStream.Testing;

/// <summary>One thing that a test partition has to hand out: a record, a payload that does not decode, or a failure.</summary>
internal readonly record struct TestItem<T>(
    T Value, DateTimeOffset? Timestamp, RecordHeaders Headers, Exception? Reason, ReadOnlyMemory<byte> Payload, bool IsFailure)
{
    public bool IsRecord => Reason is null;

    public void AddTo(SourceBatch<T> batch)
    {
        if (Reason is not null)
        {
            batch.AddDeadLetter(Payload, Reason, Headers);
        }
        else if (Timestamp is { } timestamp)
        {
            batch.Add(Value, timestamp, Headers);
        }
        else
        {
            batch.Add(Value, Headers);
        }
    }
}
