using System.Runtime.ExceptionServices;

namespace IoTStream.Connectors;

/// <summary>
/// A reader for sources that receive at times of their own: connections, callbacks, asynchronous streams. They write into a bounded
/// queue and wait when it is full; the job's lane reads from it.
/// </summary>
/// <remarks>
/// Writing and completing are thread-safe. On <see cref="Stopping"/> the producer finishes what it holds, writes no more and calls
/// <see cref="Complete"/>; only then has the reader ended.
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class SourceQueue<T> : ISourceReader<T>, IDrainable, IAcknowledging
{
    private readonly Lock _lock = new();
    private readonly SourceContext _context;
    private readonly int _capacity;
    private readonly SourcePartition _partition;
    private readonly CancellationTokenSource _stopping = new();
    private List<Item> _incoming = [];
    private List<Item> _outgoing = [];
    private int _next;
    private int _pending;
    private bool _readerWaits = true;
    private bool _completed;
    private bool _disposed;
    private Exception? _error;
    private TaskCompletionSource? _space;

    /// <summary>Creates the queue.</summary>
    /// <param name="context">The job's side of the contract, as given to <see cref="ISource{T}.OpenAsync"/>.</param>
    /// <param name="capacity">The most records that wait in the queue, at least 1.</param>
    /// <param name="partition">The partition that they come from; by default the source's only one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is less than 1.</exception>
    public SourceQueue(SourceContext context, int capacity = 4096, SourcePartition? partition = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _context = context;
        _capacity = capacity;
        _partition = partition ?? new SourcePartition(context.Step, 0, context.Step);
        Partitions = [_partition];
        Stopping = _stopping.Token;
    }

    /// <summary>Cancelled when the producer is to stop: the job drains or ends.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>How many items the job has been handed: records and dead letters. Read it on the lane.</summary>
    public long Taken { get; private set; }

    /// <summary>Called with what <see cref="IAcknowledging.Acknowledge"/> says, on the lane; set before the first write.</summary>
    public Action<long>? Acknowledged { get; init; }

    /// <summary>
    /// Called when the reader waits and there is something for it, instead of <see cref="SourceContext.NotifyAvailable"/>, which whoever sets it calls soon: a producer that writes several records can then wake
    /// the job once for all of them. Called on the thread that writes; set before the first write; by default the job is told at once.
    /// </summary>
    public Action? Available { get; init; }

    /// <summary>Called once when the job disposes the reader, after <see cref="Stopping"/>; releases what the producer holds.</summary>
    public Func<ValueTask>? Disposing { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<SourcePartition> Partitions { get; }

    /// <summary>Writes a record if there is room.</summary>
    /// <param name="value">The record.</param>
    /// <param name="headers">Its headers, if any.</param>
    /// <param name="timestamp">The timestamp that its transport gives, if any; either all records of a queue have one or none.</param>
    /// <returns>False if the queue is full.</returns>
    /// <exception cref="InvalidOperationException">The queue has been completed.</exception>
    public bool TryWrite(T value, RecordHeaders? headers = null, DateTimeOffset? timestamp = null) =>
        TryWrite(new Item(value, timestamp, headers, null, default, _partition));

    /// <summary>Writes a record, waiting for room.</summary>
    /// <param name="value">The record.</param>
    /// <param name="headers">Its headers, if any.</param>
    /// <param name="timestamp">The timestamp that its transport gives, if any; either all records of a queue have one or none.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidOperationException">The queue has been completed.</exception>
    public ValueTask WriteAsync(
        T value, RecordHeaders? headers = null, DateTimeOffset? timestamp = null, CancellationToken cancellationToken = default) =>
        WriteAsync(_partition, value, headers, timestamp, cancellationToken);

    /// <summary>Writes a record of another partition than the queue's own, waiting for room.</summary>
    /// <param name="partition">The partition; the reader's <see cref="ISourceReader{T}.Partitions"/> have to know it.</param>
    /// <param name="value">The record.</param>
    /// <param name="headers">Its headers, if any.</param>
    /// <param name="timestamp">The timestamp that its transport gives, if any; either all records of a queue have one or none.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidOperationException">The queue has been completed.</exception>
    public ValueTask WriteAsync(
        SourcePartition partition, T value, RecordHeaders? headers = null, DateTimeOffset? timestamp = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(partition);
        var item = new Item(value, timestamp, headers, null, default, partition);
        return TryWrite(item) ? default : WaitAndWriteAsync(item, cancellationToken);
    }

    /// <summary>Reports input that could not be decoded, waiting for room. See <see cref="SourceBatch{T}.AddDeadLetter"/>.</summary>
    /// <param name="payload">The bytes as they came; the queue keeps the memory, so hand over a copy.</param>
    /// <param name="reason">Why they could not be decoded.</param>
    /// <param name="headers">The headers that came with them, if any.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidOperationException">The queue has been completed.</exception>
    public ValueTask WriteDeadLetterAsync(
        ReadOnlyMemory<byte> payload, Exception reason, RecordHeaders? headers = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        var item = new Item(default!, null, headers, reason, payload, _partition);
        return TryWrite(item) ? default : WaitAndWriteAsync(item, cancellationToken);
    }

    /// <summary>Reports input that could not be decoded, if there is room. See <see cref="SourceBatch{T}.AddDeadLetter"/>.</summary>
    /// <param name="payload">The bytes as they came; the queue keeps the memory, so hand over a copy.</param>
    /// <param name="reason">Why they could not be decoded.</param>
    /// <param name="headers">The headers that came with them, if any.</param>
    /// <returns>False if the queue is full.</returns>
    /// <exception cref="InvalidOperationException">The queue has been completed.</exception>
    public bool TryWriteDeadLetter(ReadOnlyMemory<byte> payload, Exception reason, RecordHeaders? headers = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return TryWrite(new Item(default!, null, headers, reason, payload, _partition));
    }

    /// <summary>Ends the source once the queue is empty. Calls after the first do nothing.</summary>
    /// <param name="error">If given, the job fails with it as the cause.</param>
    public void Complete(Exception? error = null)
    {
        TaskCompletionSource? space;
        lock (_lock)
        {
            if (_completed)
            {
                return;
            }

            _completed = true;
            _error = error;
            space = _space;
            _space = null;
        }

        space?.TrySetResult();
        _context.NotifyAvailable();
    }

    /// <inheritdoc/>
    public ReadStatus Read(SourceBatch<T> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_next == _outgoing.Count)
        {
            _outgoing.Clear();
            _next = 0;
            lock (_lock)
            {
                if (_incoming.Count == 0)
                {
                    _readerWaits = true;
                    return _completed ? End() : ReadStatus.Drained;
                }

                (_incoming, _outgoing) = (_outgoing, _incoming);
            }
        }

        int taken = MoveTo(batch);
        Taken += taken;
        TaskCompletionSource? space;
        lock (_lock)
        {
            _pending -= taken;
            space = _space;
            _space = null;
        }

        space?.TrySetResult();
        return ReadStatus.More;
    }

    /// <inheritdoc/>
    public void BeginDrain() => _ = _stopping.CancelAsync();

    /// <inheritdoc/>
    public void Acknowledge(long count) => Acknowledged?.Invoke(count);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        Complete();
        if (Disposing is not null)
        {
            await Disposing().ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private ReadStatus End()
    {
        if (_error is not null)
        {
            // Keeps the stack of where the producer failed, which a plain throw would replace by this one.
            ExceptionDispatchInfo.Throw(_error);
        }

        return ReadStatus.Ended;
    }

    private int MoveTo(SourceBatch<T> batch)
    {
        SourcePartition partition = _outgoing[_next].Partition;
        batch.Partition = partition;
        int start = _next;
        while (_next < _outgoing.Count && batch.Free > 0)
        {
            Item item = _outgoing[_next];
            if (!ReferenceEquals(item.Partition, partition))
            {
                // The next batch begins with it.
                break;
            }

            _next++;
            if (item.Reason is not null)
            {
                batch.AddDeadLetter(item.Payload, item.Reason, item.Headers);
            }
            else if (item.Timestamp is { } timestamp)
            {
                batch.Add(item.Value, timestamp, item.Headers);
            }
            else if (item.Headers is not null)
            {
                batch.Add(item.Value, item.Headers);
            }
            else
            {
                batch.Add(item.Value);
            }
        }

        return _next - start;
    }

    private bool TryWrite(in Item item)
    {
        bool wake;
        lock (_lock)
        {
            if (_completed)
            {
                throw new InvalidOperationException("The queue has been completed; nothing can be written to it.");
            }

            if (_pending >= _capacity)
            {
                return false;
            }

            _incoming.Add(item);
            _pending++;
            wake = _readerWaits;
            _readerWaits = false;
        }

        if (wake && Available is not null)
        {
            Available();
        }
        else if (wake)
        {
            _context.NotifyAvailable();
        }

        return true;
    }

    private async ValueTask WaitAndWriteAsync(Item item, CancellationToken cancellationToken)
    {
        do
        {
            Task space;
            lock (_lock)
            {
                if (_pending < _capacity || _completed)
                {
                    continue;
                }

                _space ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                space = _space.Task;
            }

            await space.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        while (!TryWrite(item));
    }

    private readonly record struct Item(
        T Value, DateTimeOffset? Timestamp, RecordHeaders? Headers, Exception? Reason, ReadOnlyMemory<byte> Payload, SourcePartition Partition);
}
