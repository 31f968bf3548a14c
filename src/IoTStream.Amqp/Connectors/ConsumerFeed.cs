using System.Buffers;
using System.Diagnostics;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Connectors;

/// <summary>Brings the deliveries of one queue into a <see cref="SourceQueue{T}"/>, over as many connections as it takes, and the pipeline's acknowledgements back.</summary>
internal sealed class ConsumerFeed<T> : IAsyncDisposable
{
    private readonly string _name;
    private readonly AmqpServer _server;
    private readonly Func<AmqpMessage, T> _decode;
    private readonly AmqpSourceOptions _options;
    private readonly SourceContext _context;
    private readonly SourceMeter _meter;
    private readonly SeenMessages? _seen;
    private readonly Attempts _attempts;
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();

    // One delivery at a time, also while one of a connection that is gone still waits for room.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Queue<(long Item, ulong Tag)> _owed = new();
    private ConsumerSession? _session;
    private Task _running = Task.CompletedTask;
    private long _items;
    private long _acknowledged;
    private bool _stopped;

    public ConsumerFeed(string queue, AmqpServer server, Func<AmqpMessage, T> decode, AmqpSourceOptions options, SourceContext context)
    {
        _name = queue;
        _server = server;
        _decode = decode;
        _options = options;
        _context = context;
        _meter = new SourceMeter(context);
        _attempts = new Attempts(server.Reconnect, context.TimeProvider);
        var partition = new SourcePartition(context.Step, 0, queue);
        if (options.DeduplicationWindow > 0)
        {
            _seen = new SeenMessages(options.DeduplicationWindow);
            if (context.TryGetPosition(partition.Name, out ReadOnlyMemory<byte> position))
            {
                _seen.Read(position.Span);
            }
        }

        Queue = new SourceQueue<T>(context, options.Prefetch, partition) { Acknowledged = Acknowledge, Disposing = DisposeAsync };
    }

    public SourceQueue<T> Queue { get; }

    /// <summary>Whether so many messages are not acknowledged that the server may soon wait for that.</summary>
    public bool MayBeHeldBack
    {
        get
        {
            lock (_lock)
            {
                return _owed.Count >= Math.Max(1, _options.Prefetch / 2);
            }
        }
    }

    /// <summary>Writes down what was taken up to what the queue has handed out.</summary>
    public void WritePosition(IBufferWriter<byte> position) => _seen?.Write(position, Queue.Taken);

    /// <summary>
    /// Starts to connect and consume. Waits for the first attempt, so that what is refused fails the start; but not for a server that cannot be reached, for it may come later than the job.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Queue.Stopping.UnsafeRegister(static feed => _ = ((ConsumerFeed<T>)feed!).StopAsync(), this);
        _running = RunAsync();
        try
        {
            await _firstAttempt.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await Queue.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sends the last acknowledgements and disconnects; what was delivered and not acknowledged goes back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (!Queue.Stopping.IsCancellationRequested)
            {
                await ConsumeAsync().ConfigureAwait(false);
                await _attempts.PauseAsync(Queue.Stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (Queue.Stopping.IsCancellationRequested)
        {
            // Then nobody misses the connection.
        }
        catch (Exception failure)
        {
            _firstAttempt.TrySetException(failure);
            Queue.Complete(failure);
        }

        _firstAttempt.TrySetResult();
    }

    /// <summary>Consumes over one connection until it is lost, or until the job needs it no more.</summary>
    private async Task ConsumeAsync()
    {
        ConsumerSession? session = null;
        try
        {
            session = await ConsumerSession.OpenAsync(_server, _name, _options, $"{_context.Topology}/{_context.Step}", OnDeliveredAsync, Queue.Stopping).ConfigureAwait(false);
            lock (_lock)
            {
                // What was delivered over the connection before, the server delivers again, with other tags.
                _owed.Clear();
                _session = session;
            }

            await session.ConsumeAsync(Queue.Stopping).ConfigureAwait(false);
            _attempts.Succeed();
            _firstAttempt.TrySetResult();
            await session.Lost.WaitAsync(_ending.Token).ConfigureAwait(false);
            _meter.CountLost();
            _attempts.Lose();
        }
        catch (OperationCanceledException) when (Queue.Stopping.IsCancellationRequested)
        {
            // The last acknowledgements go out with the session's end.
        }
        catch (Exception failure)
        {
            if (_attempts.Fail(failure, _server) is { } reason)
            {
                throw reason;
            }

            _firstAttempt.TrySetResult();
        }
        finally
        {
            if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task OnDeliveredAsync(ConsumerSession session, ulong tag, AmqpMessage message)
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            // After the stop, deliveries stay unacknowledged, and somebody else gets them; those of a connection that is gone come again over the next.
            if (!_stopped && IsCurrent(session))
            {
                await TakeAsync(session, tag, message).ConfigureAwait(false);
            }
        }
        catch (InvalidOperationException) when (Queue.Stopping.IsCancellationRequested)
        {
            // The job ended without taking the record; it stays unacknowledged.
        }
        catch (Exception failure)
        {
            Queue.Complete(failure);
        }
        finally
        {
            _turn.Release();
        }
    }

    private bool IsCurrent(ConsumerSession session)
    {
        lock (_lock)
        {
            return ReferenceEquals(session, _session);
        }
    }

    private async ValueTask TakeAsync(ConsumerSession session, ulong tag, AmqpMessage message)
    {
        if (HasComeBefore(message, out ulong? fingerprint, out long item))
        {
            // It is acknowledged when the one before it is, as it may be the same message.
            _meter.CountRepeated();
            Owe(session, tag, item);
            if (MayBeHeldBack)
            {
                // The pipeline gets nothing of this, so that nobody reads and finds out.
                _context.RequestEpoch();
            }

            return;
        }

        RecordHeaders headers = MessageHeaders.Of(message);
        using Activity? activity = MessageTracing.StartProcessing(message, headers, _name);
        headers = MessageTracing.WithContext(headers, activity);
        T value;
        try
        {
            value = _decode(message);
        }
        catch (Exception reason)
        {
            MessageTracing.Fail(activity, reason);
            if (_options.Undecodable == AmqpUndecodable.Reject)
            {
                _meter.CountRejected();
                await session.RejectAsync(tag).ConfigureAwait(false);
                return;
            }

            Number(session, tag, fingerprint);
            await Queue.WriteDeadLetterAsync(message.Payload.ToArray(), reason, headers).ConfigureAwait(false);
            return;
        }

        Number(session, tag, fingerprint);
        await Queue.WriteAsync(value, headers).ConfigureAwait(false);
    }

    private bool HasComeBefore(in AmqpMessage message, out ulong? fingerprint, out long item)
    {
        fingerprint = null;
        item = 0;
        if (_seen is null)
        {
            return false;
        }

        if (message.MessageId is not { } identifier)
        {
            _meter.CountUnidentified();
            return false;
        }

        fingerprint = SeenMessages.FingerprintOf(identifier);
        return _seen.TryFind(fingerprint.Value, out item);
    }

    /// <summary>A delivery becomes the next item.</summary>
    private void Number(ConsumerSession session, ulong tag, ulong? fingerprint)
    {
        _items++;
        if (fingerprint is { } seen)
        {
            _seen!.Add(seen, _items);
        }

        Owe(session, tag, _items);
    }

    /// <summary>A delivery is to be acknowledged when an item is.</summary>
    private void Owe(ConsumerSession session, ulong tag, long item)
    {
        lock (_lock)
        {
            if (ReferenceEquals(session, _session))
            {
                _owed.Enqueue((item, tag));
                Settle();
            }
        }
    }

    private void Acknowledge(long count)
    {
        lock (_lock)
        {
            _acknowledged = count;
            Settle();
        }
    }

    /// <summary>Acknowledges all deliveries up to the first one that still has to wait.</summary>
    private void Settle()
    {
        ulong? last = null;
        while (_owed.TryPeek(out (long Item, ulong Tag) first) && first.Item <= _acknowledged)
        {
            last = _owed.Dequeue().Tag;
        }

        if (last is { } tag)
        {
            _session?.Acknowledge(tag);
        }
    }

    private async Task StopAsync()
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        _stopped = true;
        _turn.Release();
        Queue.Complete();
    }
}
