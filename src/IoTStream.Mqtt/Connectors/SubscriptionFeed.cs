using System.Buffers;
using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.Mqtt.Client;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Brings the messages of one client into a <see cref="SourceQueue{T}"/>, and the pipeline's acknowledgements back.</summary>
internal sealed class SubscriptionFeed<T>
{
    // Less than any server is known to send before it waits for an acknowledgement, so that who is held back is not taken for somebody who has no more.
    private const int LeastCredit = 16;

    private const int Idle = 0;
    private const int Writing = 1;
    private const int Stopped = 2;
    private readonly MqttClient _client;
    private readonly MessageDecoder<T> _decoder;
    private readonly TimeProvider _timeProvider;
    private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Queue<(long Item, MqttAcknowledgement Acknowledgement)> _owed = new();
    private readonly Queue<(long Number, InboundWindow Window, ushort Identifier)> _releases = new();
    private readonly SourceContext _context;
    private readonly MqttSourceOptions _source;
    private readonly TakenMessages? _taken;
    private readonly int _credit;
    private long _items;
    private long _acknowledged;
    private long _released;
    private long _written;
    private int _state;

    /// <param name="client">The client.</param>
    /// <param name="decoder">Makes records of messages.</param>
    /// <param name="context">The job's side of the contract.</param>
    /// <param name="source">How it subscribes and reads.</param>
    /// <param name="partitions">The partitions that the messages are.</param>
    /// <param name="receiveMaximum">How many messages the server sends without an acknowledgement.</param>
    public SubscriptionFeed(
        MqttClient client, MessageDecoder<T> decoder, SourceContext context, MqttSourceOptions source, TopicPartitions partitions, int receiveMaximum)
    {
        _context = context;
        _source = source;
        Partitions = partitions;
        Identifiers = source.Deduplicate ? new SeenIdentifiers() : null;
        _credit = Math.Min(LeastCredit, receiveMaximum);
        if (context.AcknowledgesEpochs)
        {
            _taken = new TakenMessages(receiveMaximum);
            if (context.TryGetPosition(partitions.First.Name, out ReadOnlyMemory<byte> position))
            {
                _taken.Read(FeedPosition.Read(position.Span, partitions, Identifiers));
            }

            client.Received.Releasing = Release;
            client.Received.Forgotten = _taken.Clear;
        }

        _client = client;
        _decoder = decoder;
        _timeProvider = context.TimeProvider;
        Queue = new SourceQueue<T>(context, source.Capacity, partitions.First) { Acknowledged = Acknowledge, Disposing = client.DisposeAsync };
    }

    public SourceQueue<T> Queue { get; }

    public TopicPartitions Partitions { get; }

    /// <summary>The identifiers of messages that have been seen, if the source looks at them.</summary>
    public SeenIdentifiers? Identifiers { get; }

    /// <summary>Whether so many messages are not acknowledged, or not for good, that the server may wait for that.</summary>
    public bool MayBeHeldBack
    {
        get
        {
            lock (_lock)
            {
                return _owed.Count + _releases.Count >= _credit;
            }
        }
    }

    /// <summary>Writes down what was taken up to what the queue has handed out.</summary>
    public void WritePosition(IBufferWriter<byte> position)
    {
        lock (_lock)
        {
            _written = _released;
        }

        FeedPosition.Write(position, Partitions.Names(), Identifiers?.Taken() ?? []);
        _taken?.Write(position, Queue.Taken);
    }

    /// <summary>
    /// Starts to connect and subscribe. Waits for the first attempt, so that nothing published afterwards is missed; but not for a broker that
    /// cannot be reached, for it may come later than the job, and not once a message has come: a server may send what it has kept before it confirms
    /// the subscription, and more of it than there is room for before the job runs.
    /// </summary>
    public async Task StartAsync(IReadOnlyList<string> filters, CancellationToken cancellationToken)
    {
        Queue.Stopping.UnsafeRegister(static feed => ((SubscriptionFeed<T>)feed!).Stop(), this);
        await _client.SubscribeAsync(filters, HandleAsync, _source.Subscription, cancellationToken).ConfigureAwait(false);
        _ = RunAsync();
        try
        {
            await Task.WhenAny(_client.FirstAttempt, _heard.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await Queue.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await _client.ConnectAsync(Queue.Stopping).ConfigureAwait(false);
            await _client.Completion.ConfigureAwait(false);
        }
        catch (Exception) when (Queue.Stopping.IsCancellationRequested)
        {
            // Then nobody misses the connection.
        }
        catch (Exception failure)
        {
            Queue.Complete(failure);
        }
    }

    private ValueTask HandleAsync(MqttMessage message, CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Writing, Idle) != Idle)
        {
            return WaitForEndAsync(cancellationToken);
        }

        if (_items == 0)
        {
            _heard.TrySetResult();
        }

        if (IsPublishedAgain(message) || HasComeAgain(message))
        {
            EndWriting();
            return default;
        }

        _items++;
        Owe(message, _items);

        ValueTask written = WriteAsync(message, cancellationToken);
        if (!written.IsCompletedSuccessfully)
        {
            return FinishAsync(written, cancellationToken);
        }

        written.GetAwaiter().GetResult();
        EndWriting();
        return default;
    }

    /// <summary>Whether a message is one that its publisher has published before. Then it is acknowledged with what has come last, as it may be that one.</summary>
    private bool IsPublishedAgain(in MqttMessage message)
    {
        if (Identifiers is null || message.IsRetained)
        {
            return false;
        }

        foreach (MqttUserProperty property in message.UserProperties)
        {
            if (property.Name == MqttHeaders.MessageId)
            {
                if (!Identifiers.IsRepeated(property.Value, _items + 1))
                {
                    return false;
                }

                if (_items > Volatile.Read(ref _acknowledged))
                {
                    Owe(message, _items);
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a message has been taken already. Then it is acknowledged when that one is.</summary>
    private bool HasComeAgain(in MqttMessage message)
    {
        if (_taken is null || message.QualityOfService == MqttQualityOfService.AtMostOnce)
        {
            return false;
        }

        ulong content = TakenMessages.ContentOf(message.Topic, message.Payload);
        if (!message.IsDuplicate || !_taken.TryFind(message.PacketIdentifier, content, out long item))
        {
            _taken.Add(message.PacketIdentifier, content, _items + 1, message.QualityOfService == MqttQualityOfService.ExactlyOnce);
            return false;
        }

        if (item > Volatile.Read(ref _acknowledged))
        {
            Owe(message, item);
        }

        return true;
    }

    private void Owe(in MqttMessage message, long item)
    {
        if (message.DeferAcknowledgement() is { IsExpected: true } acknowledgement)
        {
            lock (_lock)
            {
                _owed.Enqueue((item, acknowledgement));
            }
        }
    }

    private ValueTask WriteAsync(in MqttMessage message, CancellationToken cancellationToken)
    {
        TopicFacts facts = FactsOf(message);
        RecordHeaders headers = message.Properties is { } properties ? facts.HeadersWith(properties) : facts.Headers;
        Activity? activity = MessageTracing.StartProcessing(message, Partitions.First.Name);
        ValueTask written = WriteAsync(message, facts, MessageTracing.WithContext(headers, activity), activity, cancellationToken);
        activity?.Dispose();
        return written;
    }

    private ValueTask WriteAsync(in MqttMessage message, TopicFacts facts, RecordHeaders headers, Activity? activity, CancellationToken cancellationToken)
    {
        T value;
        try
        {
            value = _decoder.Decode(message, facts.Levels);
        }
        catch (Exception reason)
        {
            MessageTracing.Fail(activity, reason);
            return Queue.WriteDeadLetterAsync(message.Payload.ToArray(), reason, headers, cancellationToken);
        }

        return Queue.WriteAsync(facts.Partition!, value, headers, timestamp: null, cancellationToken);
    }

    private async ValueTask FinishAsync(ValueTask written, CancellationToken cancellationToken)
    {
        try
        {
            await written.ConfigureAwait(false);
        }
        catch (InvalidOperationException) when (Queue.Stopping.IsCancellationRequested)
        {
            // The job ended without taking the record; it stays unacknowledged.
            await WaitForEndAsync(cancellationToken).ConfigureAwait(false);
        }

        EndWriting();
    }

    /// <summary>Nothing more is taken from the connection, which stays until the last acknowledgements are sent and the job disposes the reader.</summary>
    private async ValueTask WaitForEndAsync(CancellationToken cancellationToken) =>
        await Task.Delay(Timeout.InfiniteTimeSpan, _timeProvider, cancellationToken).ConfigureAwait(false);

    private void EndWriting()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Writing) != Writing)
        {
            Queue.Complete();
        }
    }

    private void Stop()
    {
        if ((Interlocked.Or(ref _state, Stopped) & Writing) == 0)
        {
            Queue.Complete();
        }
    }

    private void Acknowledge(long count)
    {
        lock (_lock)
        {
            Volatile.Write(ref _acknowledged, count);
            while (_owed.TryPeek(out (long Item, MqttAcknowledgement Acknowledgement) first) && first.Item <= count)
            {
                _owed.Dequeue().Acknowledgement.Complete();
            }

            // What was written down when the job stopped may not be committed: then the server asks again.
            while (!Queue.Stopping.IsCancellationRequested && _releases.TryPeek(out (long Number, InboundWindow Window, ushort Identifier) release)
                && release.Number <= _written)
            {
                _releases.Dequeue();
                release.Window.Complete(release.Identifier, MqttReasonCode.Success);
            }
        }
    }

    /// <summary>
    /// The server will not send a message with QoS 2 again, but may give its identifier to another one once this is answered: not before an epoch has been committed
    /// which does not know the identifier any more.
    /// </summary>
    private void Release(InboundWindow window, ushort identifier)
    {
        _taken!.Release(identifier);
        lock (_lock)
        {
            _releases.Enqueue((++_released, window, identifier));
        }

        if (MayBeHeldBack)
        {
            _context.RequestEpoch();
        }
    }

    private TopicFacts FactsOf(in MqttMessage message)
    {
        if (message.Route.State is not TopicFacts facts)
        {
            MqttTopicLevels? levels = _decoder.LevelsOf(message.Topic);
            facts = TopicFacts.Of(message.Topic, levels, Partitions.Of(message.Topic, levels));
            message.Route.State = facts;
        }

        return facts;
    }
}
