namespace IoTStream.Connectors;

/// <summary>Records handed to a sink's writer.</summary>
/// <remarks>Valid until the task of the call that was given it completes. Not thread-safe.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class SinkBatch<T>
{
    private readonly RecordBuffer<T> _records;

    internal SinkBatch(RecordBuffer<T> records) => _records = records;

    /// <summary>How many records there are, at least one.</summary>
    public int Count => _records.Count;

    /// <summary>The records in order.</summary>
    public ReadOnlyMemory<T> Values => _records.ValueMemory;

    /// <summary>What is known of a record besides its value.</summary>
    /// <param name="index">The record's index in <see cref="Values"/>.</param>
    public RecordContext Context(int index) => _records.Context(index);

    internal RecordBuffer<T> Records => _records;
}
