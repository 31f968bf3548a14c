using IoTStream.Connectors;

namespace IoTStream.Testing;

/// <summary>A partition of a <see cref="TestSource{T}"/>: what is added here is read in this order.</summary>
/// <remarks>Thread-safe.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class TestPartition<T>
{
    private readonly Lock _lock = new();
    private readonly List<TestItem<T>> _items = [];
    private readonly Action _notify;
    private bool _ended;
    private long _acknowledged;

    internal TestPartition(int index, Action notify)
    {
        Index = index;
        _notify = notify;
    }

    /// <summary>The number of the partition, from 0.</summary>
    public int Index { get; }

    /// <summary>Whether <see cref="End"/> was called.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock)
            {
                return _ended;
            }
        }
    }

    /// <summary>How many items the job that opened the source last has taken over, so that they could be acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Adds a record. Its timestamp is the processing time at which it is read, until <c>WithEventTime</c> gives it another.</summary>
    /// <param name="value">The record.</param>
    /// <exception cref="InvalidOperationException">The partition has ended.</exception>
    public void Add(T value) => AddOne(new TestItem<T>(value, null, RecordHeaders.Empty, null, default, IsFailure: false));

    /// <summary>Adds records, as <see cref="Add"/> does one.</summary>
    /// <param name="values">The records.</param>
    /// <exception cref="InvalidOperationException">The partition has ended.</exception>
    public void AddRange(params IEnumerable<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (T value in values)
        {
            Append(new TestItem<T>(value, null, RecordHeaders.Empty, null, default, IsFailure: false));
        }

        _notify();
    }

    /// <summary>Adds a record with headers.</summary>
    /// <param name="headers">Its headers.</param>
    /// <param name="value">The record.</param>
    /// <exception cref="InvalidOperationException">The partition has ended.</exception>
    public void AddWith(RecordHeaders headers, T value)
    {
        ArgumentNullException.ThrowIfNull(headers);
        AddOne(new TestItem<T>(value, null, headers, null, default, IsFailure: false));
    }

    /// <summary>Adds a record with the timestamp that a transport would give it.</summary>
    /// <param name="timestamp">The timestamp.</param>
    /// <param name="value">The record.</param>
    /// <param name="headers">Its headers, if any.</param>
    /// <exception cref="InvalidOperationException">The partition has ended.</exception>
    public void AddAt(DateTimeOffset timestamp, T value, RecordHeaders? headers = null) =>
        AddOne(new TestItem<T>(value, timestamp, headers ?? RecordHeaders.Empty, null, default, IsFailure: false));

    /// <summary>Adds a payload that could not be decoded: it goes to the dead letters.</summary>
    /// <param name="payload">The bytes.</param>
    /// <param name="reason">Why they could not be decoded.</param>
    /// <param name="headers">Their headers, if any.</param>
    /// <exception cref="InvalidOperationException">The partition has ended.</exception>
    public void AddUndecodable(ReadOnlyMemory<byte> payload, Exception reason, RecordHeaders? headers = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        AddOne(new TestItem<T>(default!, null, headers ?? RecordHeaders.Empty, reason, payload, IsFailure: false));
    }

    /// <summary>Makes the reading fail once everything added before has been read.</summary>
    /// <param name="exception">What is thrown.</param>
    /// <exception cref="InvalidOperationException">The partition has ended.</exception>
    public void Fail(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        AddOne(new TestItem<T>(default!, null, RecordHeaders.Empty, exception, default, IsFailure: true));
    }

    /// <summary>Ends the partition once everything added before has been read. Calling it again does nothing.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
        }

        _notify();
    }

    /// <summary>How many items there are so far, and whether they are all.</summary>
    internal (int Count, bool Ended) State()
    {
        lock (_lock)
        {
            return (_items.Count, _ended);
        }
    }

    /// <summary>Puts items into a batch, from one of them on, as far as they may share a batch.</summary>
    /// <returns>How many.</returns>
    internal int Read(int from, int most, SourceBatch<T> batch)
    {
        lock (_lock)
        {
            TestItem<T> first = _items[from];
            if (first.IsFailure)
            {
                throw first.Reason!;
            }

            bool? timestamped = null;
            int next = from;
            while (next < _items.Count && next - from < most && batch.Free > 0)
            {
                TestItem<T> item = _items[next];
                if (item.IsFailure || (item.IsRecord && timestamped == item.Timestamp is null))
                {
                    break;
                }

                timestamped = item.IsRecord ? item.Timestamp is not null : timestamped;
                item.AddTo(batch);
                next++;
            }

            return next - from;
        }
    }

    internal void Acknowledge(long count) => Interlocked.Exchange(ref _acknowledged, count);

    private void AddOne(in TestItem<T> item)
    {
        Append(item);
        _notify();
    }

    private void Append(in TestItem<T> item)
    {
        lock (_lock)
        {
            if (_ended)
            {
                throw new InvalidOperationException($"Partition {Index} of the test source has ended: nothing can be added to it.");
            }

            _items.Add(item);
        }
    }
}
