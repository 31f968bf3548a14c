using System.Collections.Concurrent;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>Brings messages to those who subscribe to them, and retains them. Thread-safe.</summary>
internal sealed class Router : IDisposable
{
    private readonly BrokerContext _context;
    private readonly ConcurrentDictionary<Task, bool> _own = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stopped;

    public Router(BrokerContext context)
    {
        _context = context;
        _stopped = _stopping.Token;
    }

    /// <summary>Delivers to all subscribers; not completed as long as one of them is slow and the policy is to wait for it.</summary>
    /// <param name="publication">The message; it is not used any more once the task has completed.</param>
    /// <param name="publisher">The session that it comes from; null for a will.</param>
    /// <param name="written">Collects what the caller has to flush; flushed before waiting.</param>
    /// <param name="cancellationToken">
    /// Ends waiting for slow subscribers. Not for QoS 2, as long as the broker runs: a message that some have got is to be sent to the rest,
    /// since the publisher, who will send it again, is not to be heard twice.
    /// </param>
    public ValueTask PublishAsync(Publication publication, Session? publisher, List<Outbox> written, CancellationToken cancellationToken)
    {
        if (publication.QualityOfService == MqttQualityOfService.ExactlyOnce)
        {
            cancellationToken = _stopped;
        }

        Route route = _context.Subscriptions.Find(publication.Topic);
        if (publication.Retain && !_context.Retained.Set(publication, _context.Journal))
        {
            _context.Counters.CountDropped(DropReason.RetainedFull);
        }

        publication.HasSubscribers = route.Count > 0;
        return DeliverFrom(0, route, publication, publisher, written, cancellationToken);
    }

    /// <summary>Delivers one message to one session as the policy for slow consumers says.</summary>
    private async ValueTask DeliverSlowlyAsync(
        Task room, Publication publication, Delivery delivery, bool retain, bool isOwn, List<Outbox> written, CancellationToken cancellationToken)
    {
        bool repeatable = delivery.QualityOf(publication) != MqttQualityOfService.AtMostOnce;
        Task? next = room;
        do
        {
            Flush(written);
            if (_context.Options.SlowConsumerPolicy == SlowConsumerPolicy.DropQos0 && !repeatable)
            {
                _context.Counters.CountDropped(DropReason.SlowConsumer);
                return;
            }

            // A client whose own queue is full waits for acknowledgements that are read only after this message.
            bool hopeless = isOwn && repeatable;
            if (hopeless
                || _context.Options.SlowConsumerPolicy == SlowConsumerPolicy.Disconnect
                || !await ComesAsync(next, cancellationToken).ConfigureAwait(false))
            {
                delivery.Recipient.GiveUp();
            }
        }
        while (!delivery.Recipient.TryDeliver(publication, delivery, retain, WhenFull.Wait, written, out next));
    }

    /// <summary>Brings a message that an earlier life of the broker had begun to deliver to those who have not got it.</summary>
    public void Complete(Publication publication, HashSet<Recipient> reached, List<Outbox> written)
    {
        if (publication.Retain)
        {
            _context.Retained.Set(publication, _context.Journal);
        }

        Route route = _context.Subscriptions.Find(publication.Topic);
        for (int i = 0; i < route.Count; i++)
        {
            if (!route.Reaches(i, reached))
            {
                Delivery delivery = route[i];
                bool retain = publication.Retain && delivery.RetainAsPublished;
                delivery.Recipient.TryDeliver(publication, delivery, retain, WhenFull.Drop, written, out _);
            }
        }
    }

    /// <summary>Answers a subscription with the retained messages that match it.</summary>
    /// <remarks>Whatever the policy for slow consumers, this waits: it holds up nobody but the client that asked for them.</remarks>
    public async ValueTask DeliverRetainedAsync(
        string filter, Delivery delivery, List<Outbox> written, CancellationToken cancellationToken)
    {
        WhenFull whenFull = delivery.Recipient.IsQueueFull ? WhenFull.Drop : WhenFull.Exceed;
        foreach (Publication publication in _context.Retained.Find(filter, _context.Clock.Now))
        {
            while (!delivery.Recipient.TryDeliver(publication, delivery, retain: true, whenFull, written, out Task? room))
            {
                Flush(written);
                if (!await ComesAsync(room, cancellationToken).ConfigureAwait(false))
                {
                    delivery.Recipient.GiveUp();
                }
            }
        }
    }

    /// <summary>Publishes what does not come from a connection, on a task of its own: a will, if there is one, or what the broker tells of itself.</summary>
    public void PublishOwn(WillMessage? message)
    {
        if (message is null || _stopping.IsCancellationRequested)
        {
            return;
        }

        Track(PublishOwnAsync(Publication.Of(message, _context.Clock.Now)));
    }

    /// <summary>Brings, on a task of its own, what a session that has ended was owed to other members of its shared subscriptions, if there are any.</summary>
    public void PassOn(IReadOnlyList<(Publication Publication, string Share)> shared)
    {
        if (shared.Count > 0 && !_stopping.IsCancellationRequested)
        {
            Track(Task.Run(() => PassOnAsync(shared)));
        }
    }

    /// <summary>Publishes nothing more of this kind and waits for those under way.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_own.Keys).ConfigureAwait(false);
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>Lets what has been written be sent.</summary>
    public static void Flush(List<Outbox> written)
    {
        foreach (Outbox outbox in written)
        {
            outbox.Flush();
        }

        written.Clear();
    }

    private ValueTask DeliverFrom(
        int first, Route route, Publication publication, Session? publisher, List<Outbox> written, CancellationToken cancellationToken)
    {
        for (int i = first; i < route.Count; i++)
        {
            Delivery delivery = route[i];
            bool isOwn = ReferenceEquals(delivery.Recipient, publisher);
            if (isOwn && delivery.NoLocal)
            {
                continue;
            }

            bool retain = publication.Retain && delivery.RetainAsPublished;
            if (!delivery.Recipient.TryDeliver(publication, delivery, retain, WhenFull.Wait, written, out Task? room))
            {
                ValueTask slow = DeliverSlowlyAsync(room, publication, delivery, retain, isOwn, written, cancellationToken);
                if (!slow.IsCompletedSuccessfully)
                {
                    return ContinueAsync(slow, i + 1, route, publication, publisher, written, cancellationToken);
                }
            }
        }

        return default;
    }

    private async ValueTask ContinueAsync(
        ValueTask slow, int next, Route route, Publication publication, Session? publisher, List<Outbox> written, CancellationToken cancellationToken)
    {
        await slow.ConfigureAwait(false);
        await DeliverFrom(next, route, publication, publisher, written, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> ComesAsync(Task room, CancellationToken cancellationToken)
    {
        try
        {
            await room.WaitAsync(_context.Options.SlowConsumerTimeout, _context.Clock.Provider, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Track(Task task)
    {
        if (!task.IsCompleted)
        {
            _own.TryAdd(task, true);
            _ = task.ContinueWith(
                done => _own.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task PassOnAsync(IReadOnlyList<(Publication Publication, string Share)> shared)
    {
        var written = new List<Outbox>();
        try
        {
            foreach ((Publication publication, string share) in shared)
            {
                if (_context.Subscriptions.FindShare(share) is { } members)
                {
                    Delivery delivery = members.Choose();
                    bool retain = publication.Retain && delivery.RetainAsPublished;
                    if (!delivery.Recipient.TryDeliver(publication, delivery, retain, WhenFull.Wait, written, out Task? room))
                    {
                        await DeliverSlowlyAsync(room, publication, delivery, retain, isOwn: false, written, _stopping.Token).ConfigureAwait(false);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The broker stops.
        }

        Flush(written);
    }

    private async Task PublishOwnAsync(Publication publication)
    {
        var written = new List<Outbox>();
        try
        {
            await PublishAsync(publication, publisher: null, written, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or MqttProtocolException)
        {
            // The broker stops, or the will's topic has more levels than are accepted: there is nobody left to tell.
        }

        Flush(written);
    }
}
