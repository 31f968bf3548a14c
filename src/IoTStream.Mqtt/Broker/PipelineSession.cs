using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Mqtt.Broker;

/// <summary>What the broker owes a pipeline of the same process, whether its job runs or not. Thread-safe.</summary>
internal sealed class PipelineSession(string? name, Guid identity, BrokerContext context) : Recipient
{
    private readonly Lock _lock = new();
    private readonly Intake _intake = new();
    private readonly RoomSignal _room = new();
    private PipelineConnection? _connection;
    private bool _readerWaits;
    private bool _ended;
    private TimeSpan _expiry;

    // Where the messages end that a reader which drains still hands out.
    private long _drainedAt = long.MaxValue;

    /// <summary>Null if it ends with its connection.</summary>
    public string? Name { get; } = name;

    /// <summary>Tells it from any other of the same name: the numbers of its messages mean something only with it.</summary>
    public Guid Identity { get; } = identity;

    /// <summary>Never: what is retained it gets in any case, since the reader that asked for it cannot make room yet.</summary>
    public override bool IsQueueFull => false;

    /// <inheritdoc/>
    public override Readiness Readiness
    {
        get
        {
            lock (_lock)
            {
                return !IsOpen ? Readiness.Away : _intake.IsEmpty && _intake.Count < _connection!.Capacity ? Readiness.Idle : Readiness.Busy;
            }
        }
    }

    // A reader that drains takes nothing more.
    private bool IsOpen => _connection is not null && _drainedAt == long.MaxValue;

    /// <summary>Starts to deliver to the connection, with what was not acknowledged before.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="taken">The number of the last message whose effect is durable: it and those before it are acknowledged.</param>
    /// <returns>The connection so far.</returns>
    public PipelineConnection? Attach(PipelineConnection connection, long taken)
    {
        lock (_lock)
        {
            PipelineConnection? previous = _connection;
            _connection = connection;
            _readerWaits = false;
            _drainedAt = long.MaxValue;
            Rewind();
            Forget(taken);
            return previous;
        }
    }

    /// <summary>Somebody has connected, or left: the session is stored if it has a name and the broker stores sessions.</summary>
    /// <param name="expiry">How long it outlives a connection.</param>
    /// <param name="expiresAt">When it ends; <see cref="TimeSpan.MaxValue"/> while somebody is connected.</param>
    public void Keep(TimeSpan expiry, TimeSpan expiresAt)
    {
        lock (_lock)
        {
            _expiry = expiry;
            ExpiresAt = expiresAt;
            if (context.Journal is not { } journal || Name is null)
            {
                return;
            }

            if (StoredAs == 0)
            {
                StoredAs = journal.NewSession();
                Write();
            }

            journal.Presence(StoredAs, expiry, expiresAt);
        }
    }

    /// <summary>Tells the journal everything, if the session is stored.</summary>
    public void WriteAll()
    {
        lock (_lock)
        {
            if (StoredAs != 0 && !_ended)
            {
                Write();
                context.Journal!.Presence(StoredAs, _expiry, ExpiresAt);
            }
        }
    }

    /// <summary>Takes up what was found on disk.</summary>
    public void Restore(StoredSession stored)
    {
        StoredAs = stored.Id;
        _expiry = stored.Expiry;
        ExpiresAt = stored.ExpiresAt == long.MaxValue ? context.Clock.After(stored.Expiry) : context.Clock.FromUtcTicks(stored.ExpiresAt);
        _intake.Restore(stored);
    }

    /// <inheritdoc/>
    public override void OnCommitted()
    {
        PipelineConnection? woken;
        lock (_lock)
        {
            woken = Wake();
            Release();
        }

        woken?.Notify();
    }

    /// <summary>Stops delivering to the connection.</summary>
    /// <returns>False if the session is another connection's.</returns>
    public bool Detach(PipelineConnection connection)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_connection, connection))
            {
                return false;
            }

            _connection = null;
            Rewind();
            _room.Release();
            return true;
        }
    }

    /// <summary>The reader takes nothing more than waits for it now.</summary>
    public void Drain(PipelineConnection connection)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_connection, connection))
            {
                _drainedAt = _intake.End;
                _room.Release();
            }
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(Publication Publication, string Share)> End()
    {
        lock (_lock)
        {
            _ended = true;
            _connection = null;
            if (StoredAs != 0)
            {
                context.Journal!.Ended(StoredAs);
            }

            IReadOnlyList<(Publication, string)> shared = _intake.Clear();
            _room.Release();
            return shared;
        }
    }

    /// <summary>The broker ends the connection.</summary>
    public void Fail(string reason)
    {
        PipelineConnection? connection;
        lock (_lock)
        {
            connection = _connection;
        }

        connection?.Fail(reason);
    }

    /// <summary>A pipeline that is late holds the publishers back as long as it takes, unless the policy is to disconnect whoever is late.</summary>
    public override void GiveUp()
    {
        if (context.Options.SlowConsumerPolicy == SlowConsumerPolicy.Disconnect)
        {
            Fail($"The pipeline did not keep up, and {nameof(MqttBrokerOptions.SlowConsumerPolicy)} is {nameof(SlowConsumerPolicy.Disconnect)}.");
            lock (_lock)
            {
                _drainedAt = Math.Min(_drainedAt, _intake.End);
                _room.Release();
            }
        }
    }

    /// <inheritdoc/>
    public override bool TryDeliver(
        Publication publication,
        in Delivery delivery,
        bool retain,
        WhenFull whenFull,
        List<Outbox> written,
        [NotNullWhen(false)] out Task? room)
    {
        room = null;
        bool repeatable = delivery.QualityOf(publication) != MqttQualityOfService.AtMostOnce;
        PipelineConnection? woken = null;
        lock (_lock)
        {
            if (_ended)
            {
                return true;
            }

            if (!IsOpen && (!repeatable || Name is null))
            {
                context.Counters.CountDropped(DropReason.Offline);
                return true;
            }

            if (HasRoomFor(publication) || (IsOpen && whenFull == WhenFull.Exceed))
            {
                Add(publication.Keep(), delivery, retain, repeatable);
                woken = Wake();
            }
            else if (!IsOpen)
            {
                context.Counters.CountDropped(DropReason.QueueFull);
            }
            else
            {
                room = _room.WaitAsync();
                return false;
            }
        }

        woken?.Notify();
        return true;
    }

    /// <summary>Takes messages for the reader, which is notified when there is something after there was nothing.</summary>
    /// <param name="connection">The reader's.</param>
    /// <param name="taken">Receives them with their numbers, which are 0 for QoS 0.</param>
    /// <param name="owesMuch">Whether so much is without an acknowledgement that publishers wait, or will soon.</param>
    /// <param name="ended">Whether nothing will come any more, since the reader drains.</param>
    /// <returns>How many.</returns>
    public int Take(PipelineConnection connection, Span<(Publication Publication, long Number)> taken, out bool owesMuch, out bool ended)
    {
        int count = 0;
        int expired = 0;
        lock (_lock)
        {
            owesMuch = false;
            ended = false;
            if (!ReferenceEquals(_connection, connection))
            {
                return 0;
            }

            TimeSpan now = context.Clock.Now;
            long committed = context.Journal?.Committed ?? 0;
            while (count < taken.Length && _intake.TryTake(_drainedAt, committed, now, ref expired, out Publication? publication, out long number))
            {
                taken[count++] = (publication, number);
            }

            owesMuch = _intake.Taken * 2L >= connection.Capacity || _intake.Bytes * 2 >= context.Options.MaxQueuedBytes;
            ended = count == 0 && _intake.IsTakenUpTo(_drainedAt);
            _readerWaits = count == 0;
            Release();
        }

        context.Counters.CountSent(count);
        context.Counters.CountDropped(DropReason.Expired, expired);
        return count;
    }

    /// <summary>The effect of messages up to a number is durable.</summary>
    public void Acknowledge(PipelineConnection connection, long number)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_connection, connection))
            {
                Forget(number);
                Release();
            }
        }
    }

    private bool HasRoomFor(Publication publication) =>
        (StoredAs == 0 || !context.Journal!.IsFull)
        && _intake.Count < (IsOpen ? _connection!.Capacity : context.Options.MaxQueuedMessages)
        && (_intake.Bytes == 0 || _intake.Bytes + publication.Size <= context.Options.MaxQueuedBytes);

    private void Add(Publication publication, in Delivery delivery, bool retain, bool repeatable)
    {
        long number = repeatable ? _intake.NextNumber() : 0;
        long ticket = 0;
        string? share = publication.QualityOfService == MqttQualityOfService.AtLeastOnce ? delivery.Share : null;
        if (repeatable && StoredAs != 0)
        {
            ticket = context.Journal!.Queued(this, publication, new PublishHeader(delivery.QualityOf(publication), retain, [], Share: share), number);
        }

        _intake.Add(publication, number, ticket, share);
    }

    private PipelineConnection? Wake()
    {
        if (!_readerWaits)
        {
            return null;
        }

        _readerWaits = false;
        return _connection;
    }

    private void Forget(long upTo)
    {
        _intake.Acknowledge(upTo);
        if (upTo > 0 && StoredAs != 0)
        {
            context.Journal!.DoneUpTo(StoredAs, upTo);
        }
    }

    private void Write()
    {
        Journal journal = context.Journal!;
        journal.Session(StoredAs, isPipeline: true, Name!, Identity);
        context.Subscriptions.WriteAll(this, journal);
        _intake.WriteAll(this, journal);
    }

    private void Release()
    {
        if (IsOpen && _intake.Count < _connection!.Capacity)
        {
            _room.Release();
        }
    }

    private void Rewind() => context.Counters.CountDropped(DropReason.Offline, _intake.Rewind());
}
