using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Brings the messages of one client into a <see cref="SourceQueue{T}"/>, and the pipeline's acknowledgements back.</summary>
internal sealed class SubscriptionFeed<T>
{
    private const int Idle = 0;
    private const int Writing = 1;
    private const int Stopped = 2;
    private readonly MqttClient _client;
    private readonly IDecoder<T> _decoder;
    private readonly TimeProvider _timeProvider;
    private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Queue<(long Item, MqttAcknowledgement Acknowledgement)> _owed = new();
    private long _items;
    private int _state;

    public SubscriptionFeed(MqttClient client, IDecoder<T> decoder, SourceContext context, int capacity, SourcePartition partition)
    {
        _client = client;
        _decoder = decoder;
        _timeProvider = context.TimeProvider;
        Queue = new SourceQueue<T>(context, capacity, partition) { Acknowledged = Acknowledge, Disposing = client.DisposeAsync };
    }

    public SourceQueue<T> Queue { get; }

    /// <summary>
    /// Starts to connect and subscribe. Waits for the first attempt, so that nothing published afterwards is missed; but not for a broker that
    /// cannot be reached, for it may come later than the job, and not once a message has come: a server may send what it has kept before it confirms
    /// the subscription, and more of it than there is room for before the job runs.
    /// </summary>
    public async Task StartAsync(string[] filters, MqttQualityOfService qualityOfService, CancellationToken cancellationToken)
    {
        Queue.Stopping.UnsafeRegister(static feed => ((SubscriptionFeed<T>)feed!).Stop(), this);
        await _client.SubscribeAsync(filters, HandleAsync, qualityOfService, cancellationToken).ConfigureAwait(false);
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

        if (_items++ == 0)
        {
            _heard.TrySetResult();
        }

        if (message.DeferAcknowledgement() is { IsExpected: true } acknowledgement)
        {
            lock (_lock)
            {
                _owed.Enqueue((_items, acknowledgement));
            }
        }

        ValueTask written = WriteAsync(message, cancellationToken);
        if (!written.IsCompletedSuccessfully)
        {
            return FinishAsync(written, cancellationToken);
        }

        written.GetAwaiter().GetResult();
        EndWriting();
        return default;
    }

    private ValueTask WriteAsync(in MqttMessage message, CancellationToken cancellationToken)
    {
        RecordHeaders headers = Headers(message);
        T value;
        try
        {
            value = _decoder.Decode(message.Payload);
        }
        catch (Exception reason)
        {
            return Queue.WriteDeadLetterAsync(message.Payload.ToArray(), reason, headers, cancellationToken);
        }

        return Queue.WriteAsync(value, headers, timestamp: null, cancellationToken);
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
            while (_owed.TryPeek(out (long Item, MqttAcknowledgement Acknowledgement) first) && first.Item <= count)
            {
                _owed.Dequeue().Acknowledgement.Complete();
            }
        }
    }

    /// <summary>One object for all messages of a topic, unless a message brings properties of its own.</summary>
    private static RecordHeaders Headers(in MqttMessage message)
    {
        if (message.Route.State is not RecordHeaders ofTopic)
        {
            ofTopic = new RecordHeaders(new RecordHeader(MqttHeaders.Topic, message.Topic));
            message.Route.State = ofTopic;
        }

        if (!message.HasProperties)
        {
            return ofTopic;
        }

        var headers = new List<RecordHeader>(ofTopic);
        if (message.ContentType is { } contentType)
        {
            headers.Add(new RecordHeader(MqttHeaders.ContentType, contentType));
        }

        headers.AddRange(message.UserProperties.Select(property => new RecordHeader(property.Name, property.Value)));
        return new RecordHeaders([.. headers]);
    }
}
