using System.Buffers;
using System.Text;
using IoTStream.Connectors;
using IoTStream.Log;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>
/// Delivers a sink's messages: to the server as long as that makes progress, else to a spool on disk, from which they follow in their order when it does again. While
/// something waits there, whatever comes goes behind it.
/// </summary>
/// <remarks>One delivery at a time; a task of its own forwards, another stores how far that has got.</remarks>
internal sealed class StoreAndForward : IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly MqttClient _client;
    private readonly Spool _spool;
    private readonly SpoolOptions _options;
    private readonly MessagePackets _packets;
    private readonly MqttSinkOptions _sink;
    private readonly TimeProvider _timeProvider;
    private readonly SpoolMeter _meter;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();

    // Held while messages are stored, until it is known which of them have been sent already, and while some are read.
    private readonly SemaphoreSlim _order = new(1, 1);

    // What has been sent and has a place in the spool, in the order of the places.
    private readonly Queue<StoredMessage> _sent = new();
    private readonly Task _forwarding;
    private readonly Task _saving;
    private TaskCompletionSource? _settled;
    private Exception? _failure;
    private long _sentTo;
    private long _progress;

    public StoreAndForward(MqttClient client, Spool spool, SpoolOptions options, MessagePackets packets, MqttSinkOptions sink, SinkContext context)
    {
        _client = client;
        _spool = spool;
        _options = options;
        _packets = packets;
        _sink = sink;
        _timeProvider = context.TimeProvider;
        _meter = new SpoolMeter(spool, context);
        _forwarding = Task.Run(() => GuardAsync(ForwardAllAsync));
        _saving = Task.Run(() => GuardAsync(SaveAsync));
    }

    /// <summary>Delivers messages; completes when each is acknowledged, or durable in the spool.</summary>
    /// <param name="messages">The messages; their payloads have to stay until the task completes.</param>
    /// <param name="writer">If they are an epoch: the sink, with what tells its epoch log from others.</param>
    /// <param name="epoch">The number of the epoch: once it is in the spool, it is not stored again.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="MqttClientException">The server refused a message, now or before, or the client has given up.</exception>
    public async ValueTask DeliverAsync(IReadOnlyList<OutgoingMessage> messages, string? writer, long epoch, CancellationToken cancellationToken)
    {
        ThrowIfFailed();
        if (writer is not null && _spool.LastEpochOf(writer) >= epoch)
        {
            return;
        }

        List<StoredMessage> sent = [];
        if (_spool.Count == 0 && await TrySendAsync(messages, sent, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        await StoreAsync(messages, sent, writer, epoch, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="MqttClientException">The server refused a message, or the client has given up.</exception>
    public void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            throw failure;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _forwarding.ConfigureAwait(false);
        await _saving.ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
        try
        {
            await Task.Run(_spool.Save).ConfigureAwait(false);
        }
        finally
        {
            _meter.Dispose();
            _spool.Dispose();
            _stopping.Dispose();
            _order.Dispose();
        }
    }

    /// <summary>Called when a message need not be sent again, under the lock of the client's outbox.</summary>
    internal void Settle(StoredMessage message, Exception? failure)
    {
        TaskCompletionSource? settled;
        lock (_lock)
        {
            if (failure is not null)
            {
                _failure ??= failure;
            }
            else
            {
                _progress++;
                message.IsSettled = true;
                if (message.IsStored)
                {
                    ConfirmSettled();
                }
            }

            settled = _settled;
            _settled = null;
        }

        settled?.TrySetResult();
    }

    /// <summary>Sends messages without storing them.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="sent">Takes those that were sent, from the first on.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether all have been acknowledged; false if there was no progress for a time.</returns>
    private async ValueTask<bool> TrySendAsync(IReadOnlyList<OutgoingMessage> messages, List<StoredMessage> sent, CancellationToken cancellationToken)
    {
        using var watch = new ProgressWatch(() => Volatile.Read(ref _progress), _options.After, _timeProvider, cancellationToken);
        try
        {
            foreach (OutgoingMessage message in messages)
            {
                var tracked = new StoredMessage(this);
                PublishPacket packet = _packets.Create(message.Topic, new ReadOnlySequence<byte>(message.Payload), message.Identifier, _sink.Expiry, message.Trace);
                await SendAsync(packet, tracked, watch.Stalled).ConfigureAwait(false);
                sent.Add(tracked);
            }

            int first = 0;
            while (true)
            {
                Task settled = WhenSettled();
                ThrowIfFailed();
                lock (_lock)
                {
                    while (first < sent.Count && sent[first].IsSettled)
                    {
                        first++;
                    }
                }

                if (first == sent.Count)
                {
                    return true;
                }

                await settled.WaitAsync(watch.Stalled).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Stores what has not been acknowledged; those that were sent wait there for their acknowledgement, the others for being sent.</summary>
    private async ValueTask StoreAsync(
        IReadOnlyList<OutgoingMessage> messages, List<StoredMessage> sent, string? writer, long epoch, CancellationToken cancellationToken)
    {
        while (true)
        {
            ThrowIfFailed();
            await _order.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                StoredMessage[] unsettled;
                lock (_lock)
                {
                    unsettled = [.. sent.Where(static message => !message.IsSettled)];
                }

                List<(RecordHeaders Headers, ReadOnlyMemory<byte> Value)> records = Records(messages, sent, unsettled);
                if (records.Count == 0)
                {
                    return;
                }

                long first = 0;
                if (await Task.Run(() => _spool.TryAppend(records, out first, writer, epoch), CancellationToken.None).ConfigureAwait(false))
                {
                    _meter.CountStored(first < 0 ? 0 : records.Count);
                    Place(unsettled, first);
                    return;
                }
            }
            finally
            {
                _order.Release();
            }

            await Task.Delay(RetryInterval, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private static List<(RecordHeaders Headers, ReadOnlyMemory<byte> Value)> Records(
        IReadOnlyList<OutgoingMessage> messages, List<StoredMessage> sent, StoredMessage[] unsettled)
    {
        List<(RecordHeaders Headers, ReadOnlyMemory<byte> Value)> records = [];
        int next = 0;
        for (int i = 0; i < messages.Count; i++)
        {
            if (i >= sent.Count || (next < unsettled.Length && ReferenceEquals(sent[i], unsettled[next])))
            {
                next += i < sent.Count ? 1 : 0;
                records.Add((messages[i].ToHeaders(), messages[i].Payload));
            }
        }

        return records;
    }

    private void Place(StoredMessage[] unsettled, long first)
    {
        if (unsettled.Length == 0 || first < 0)
        {
            return;
        }

        lock (_lock)
        {
            for (int i = 0; i < unsettled.Length; i++)
            {
                unsettled[i].Offset = first + i;
                _sent.Enqueue(unsettled[i]);
            }

            _sentTo = first + unsettled.Length;
            ConfirmSettled();
        }
    }

    private async Task ForwardAllAsync()
    {
        List<SpooledRecord> records = [];
        while (true)
        {
            Task stored = _spool.WaitAsync();
            records.Clear();
            bool any;
            await _order.WaitAsync(_stopping.Token).ConfigureAwait(false);
            try
            {
                any = await Task.Run(() => _spool.TryRead(records), CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _order.Release();
            }

            foreach (SpooledRecord record in records)
            {
                await ForwardAsync(record).ConfigureAwait(false);
            }

            if (!any)
            {
                await stored.WaitAsync(_stopping.Token).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask ForwardAsync(SpooledRecord record)
    {
        if (record.Offset < Volatile.Read(ref _sentTo))
        {
            // It was sent before it was stored.
            return;
        }

        var message = new StoredMessage(this) { Offset = record.Offset };
        lock (_lock)
        {
            _sent.Enqueue(message);
        }

        // Only now it is known how old it gets here.
        await _client.WaitForConnectionAsync(_stopping.Token).ConfigureAwait(false);
        TimeSpan age = _timeProvider.GetUtcNow() - record.Stored;
        TimeSpan? expiry = _sink.Expiry - age;
        if (expiry <= TimeSpan.Zero || age > _options.Queue.MaxAge)
        {
            _meter.CountDropped(isTooOld: age > _options.Queue.MaxAge);
            Settle(message, failure: null);
            return;
        }

        TopicName topic = _client.NameOf(record.Headers.Text(MqttHeaders.Topic)
            ?? throw new InvalidDataException($"The record {record.Offset} of the spool '{_options.Topic}' has no topic: another program has written it."));
        PublishPacket packet = _packets.Create(topic, new ReadOnlySequence<byte>(record.Value), record.Headers.Text(MqttHeaders.MessageId), expiry, OutgoingMessage.TraceOf(record.Headers));
        await SendAsync(packet, message, _stopping.Token).ConfigureAwait(false);
        _meter.CountForwarded();
    }

    /// <summary>Puts a message into the send buffer; what has QoS 0 is settled with that.</summary>
    private async ValueTask SendAsync(PublishPacket packet, StoredMessage message, CancellationToken cancellationToken)
    {
        bool isAcknowledged = packet.QualityOfService != MqttQualityOfService.AtMostOnce;
        await _client.SendAsync(packet, isAcknowledged ? message : null, cancellationToken).ConfigureAwait(false);
        if (!isAcknowledged)
        {
            Settle(message, failure: null);
        }
    }

    private async Task SaveAsync()
    {
        while (true)
        {
            await Task.Delay(_options.Queue.PositionInterval, _timeProvider, _stopping.Token).ConfigureAwait(false);
            await Task.Run(_spool.Save).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps a failure for the next delivery, which then fails with it.</summary>
    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // Then nobody waits for it.
        }
        catch (Exception failure)
        {
            lock (_lock)
            {
                _failure ??= failure;
            }
        }
    }

    private void ConfirmSettled()
    {
        long confirmed = -1;
        while (_sent.TryPeek(out StoredMessage? message) && message.IsSettled)
        {
            confirmed = _sent.Dequeue().Offset + 1;
        }

        if (confirmed >= 0)
        {
            _spool.Confirm(confirmed);
        }
    }

    private Task WhenSettled()
    {
        lock (_lock)
        {
            _settled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _settled.Task;
        }
    }
}
