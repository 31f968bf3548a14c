using System.Buffers.Binary;
using IoTStream.Log;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>
/// What the broker owes to sessions that outlive it, on disk. Changes are collected and become durable together, one write and one sync for all that came during the one
/// before. Thread-safe; its lock is taken last.
/// </summary>
/// <remarks>
/// Whoever has a change to tell tells it under the lock that guards what changes, so that the order on disk is that of the changes. Now and then everything is written anew, a
/// session at a time between other changes, and what came before is deleted: so the files stay in proportion to what they have to say.
/// </remarks>
internal sealed class Journal : IAsyncDisposable
{
    public const byte BatchFrame = 1;
    public const byte Version = 1;

    // So much of everything is written with one sync, so that nobody waits for long.
    private const long RewriteStep = 1024 * 1024;
    private static readonly TimeSpan LeastRewriteInterval = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly FlushSignal _signal = new();
    private readonly BrokerContext _context;
    private readonly MqttBrokerStore _store;
    private readonly SegmentedLog _log;
    private Task _running = Task.CompletedTask;
    private ByteChunks _filling = new();
    private ByteChunks _writing = new();
    private List<Recipient> _touched = [];
    private List<Recipient> _waking = [];
    private TaskCompletionSource? _filled;
    private TaskCompletionSource? _written;
    private IEnumerator<bool>? _rewriting;
    private Exception? _failure;
    private TimeSpan _rewrittenAt;
    private long _rewriteStart;
    private long _rewrittenBytes;
    private long _bytes;
    private long _ticket = 1;
    private long _committed;
    private long _lastSession;
    private long _lastMessage;
    private long _oldestMessage = 1;
    private long _done;
    private bool _stopping;

    private Journal(BrokerContext context, MqttBrokerStore store, SegmentedLog log, StoredState found)
    {
        _context = context;
        _store = store;
        _log = log;
        _lastSession = found.LastSession;
        _lastMessage = found.LastMessage;
        _bytes = log.Segments.Sum(segment => segment.Length);
    }

    /// <summary>Changes with a ticket up to this one are durable.</summary>
    public long Committed => Volatile.Read(ref _committed);

    /// <summary>Whether no further messages are to be told.</summary>
    public bool IsFull => Volatile.Read(ref _bytes) >= _store.MaxBytes;

    /// <summary>Why nothing more is written; null if all is well.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Opens the store, or begins one.</summary>
    /// <exception cref="LogInUseException">Another broker has it open.</exception>
    /// <exception cref="LogDamagedException">It is damaged.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static (Journal Journal, StoredState Found) Open(MqttBrokerStore store, BrokerContext context)
    {
        var options = new SegmentedLogOptions(LogKind.Broker)
        {
            SegmentSize = store.SegmentSize,
            DamagedTail = store.DamagedTail,
            TimeProvider = context.Clock.Provider,
        };
        SegmentedLog log = SegmentedLog.Open(store.Directory, options);
        try
        {
            using LogReader reader = log.Read(from: 0);
            StoredState found = StoredState.Read(reader, context);
            return (new Journal(context, store, log, found), found);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Begins to write. To be called once all that was found has been taken up.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>A number for a session.</summary>
    public long NewSession() => Interlocked.Increment(ref _lastSession);

    /// <summary>A session begins, or is written anew.</summary>
    public void Session(long session, bool isPipeline, string name, Guid identity)
    {
        lock (_lock)
        {
            Begin(RecordType.Session, session);
            WriteByte(isPipeline ? (byte)1 : (byte)0);
            Bytes.Write(_filling, name);
            Bytes.Write(_filling, identity.ToByteArray());
            End();
        }
    }

    public void Ended(long session)
    {
        lock (_lock)
        {
            Begin(RecordType.Ended, session);
            _done++;
            End();
        }
    }

    /// <summary>Somebody connected to the session or left it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="expiry">How long it outlives a connection.</param>
    /// <param name="expiresAt">When it ends, on the broker's clock; <see cref="TimeSpan.MaxValue"/> while somebody is connected.</param>
    public void Presence(long session, TimeSpan expiry, TimeSpan expiresAt)
    {
        lock (_lock)
        {
            Begin(RecordType.Presence, session);
            WriteInt64(expiry.Ticks);
            WriteInt64(_context.Clock.ToUtcTicks(expiresAt));
            End();
        }
    }

    public void Subscribed(long session, TopicSubscription subscription, int identifier)
    {
        lock (_lock)
        {
            Begin(RecordType.Subscribed, session);
            Bytes.Write(_filling, subscription.Filter);
            WriteByte(subscription.OptionBits);
            WriteLength(identifier);
            End();
        }
    }

    public void Unsubscribed(long session, string filter)
    {
        lock (_lock)
        {
            Begin(RecordType.Unsubscribed, session);
            Bytes.Write(_filling, filter);
            End();
        }
    }

    /// <summary>A session is owed a message.</summary>
    /// <param name="recipient">The session's object, which is told when that is durable.</param>
    /// <param name="publication">The message, with memory of its own.</param>
    /// <param name="header">What is particular to this copy.</param>
    /// <param name="number">What the message is known by in the session.</param>
    /// <returns>The ticket.</returns>
    public long Queued(Recipient recipient, Publication publication, in PublishHeader header, long number)
    {
        lock (_lock)
        {
            Store(publication);
            Begin(RecordType.Queued, recipient.StoredAs);
            WriteInt64(number);
            WriteInt64(publication.StoredAs);
            WriteByte((byte)((int)header.QualityOfService | (header.Retain ? StoredState.RetainFlag : 0)));
            WriteLength(header.SubscriptionIdentifiers.Length);
            foreach (int identifier in header.SubscriptionIdentifiers)
            {
                WriteLength(identifier);
            }

            Bytes.Write(_filling, header.Share ?? "");
            if (!recipient.IsTouched)
            {
                recipient.IsTouched = true;
                _touched.Add(recipient);
            }

            return End();
        }
    }

    public void Done(long session, long number) => WriteNumbered(RecordType.Done, session, number);

    public void DoneUpTo(long session, long number) => WriteNumbered(RecordType.DoneUpTo, session, number);

    public void Received(long session, long number) => WriteNumbered(RecordType.Received, session, number);

    /// <summary>A client has sent a message of QoS 2.</summary>
    /// <param name="session">Its session.</param>
    /// <param name="packetIdentifier">The message's packet identifier.</param>
    /// <param name="publication">The message if it has not been brought to everybody yet, with memory of its own, otherwise null.</param>
    public void Heard(long session, ushort packetIdentifier, Publication? publication)
    {
        lock (_lock)
        {
            if (publication is not null)
            {
                Store(publication);
            }

            Begin(RecordType.Heard, session);
            WriteInt64(packetIdentifier);
            WriteInt64(publication?.StoredAs ?? 0);
            End();
        }
    }

    public void Routed(long session, ushort packetIdentifier) => WriteNumbered(RecordType.Routed, session, packetIdentifier);

    public void Released(long session, ushort packetIdentifier) => WriteNumbered(RecordType.Released, session, packetIdentifier);

    public void Retained(Publication publication)
    {
        lock (_lock)
        {
            Store(publication);
            Begin(RecordType.Retained, session: 0);
            WriteInt64(publication.StoredAs);
            End();
        }
    }

    public void NotRetained(string topic)
    {
        lock (_lock)
        {
            Begin(RecordType.NotRetained, session: 0);
            Bytes.Write(_filling, topic);
            _done++;
            End();
        }
    }

    /// <summary>Completes when all that has been told so far is durable.</summary>
    /// <exception cref="JournalFailedException">The disk failed, now or before.</exception>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                throw new JournalFailedException(_failure);
            }

            if (_filling.Length > 0)
            {
                _filled ??= NewSource();
                return new ValueTask(_filled.Task.WaitAsync(cancellationToken));
            }

            if (_committed < _ticket - 1)
            {
                _written ??= NewSource();
                return new ValueTask(_written.Task.WaitAsync(cancellationToken));
            }

            return default;
        }
    }

    /// <summary>Looks whether there is something to be done about a store that is full.</summary>
    public void CheckRoom()
    {
        if (IsFull)
        {
            _signal.Raise();
        }
    }

    /// <summary>Writes what has been told, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _stopping, true);
        _signal.Raise();
        await _running.ConfigureAwait(false);
        _rewriting?.Dispose();
        _log.Dispose();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                bool stopping = Volatile.Read(ref _stopping);
                while (Commit(stopping))
                {
                }

                if (stopping)
                {
                    return;
                }

                await _signal.WaitAsync().ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    /// <summary>Writes what has been collected, and more of everything if that is being written anew.</summary>
    /// <returns>False if there was nothing.</returns>
    private bool Commit(bool stopping)
    {
        bool rewritten = !stopping && Rewrite();
        long ticket;
        lock (_lock)
        {
            if (_filling.Length == 0)
            {
                return false;
            }

            ticket = _ticket++;
            (_filling, _writing) = (_writing, _filling);
            (_touched, _waking) = (_waking, _touched);
            (_written, _filled) = (_filled, null);
            foreach (Recipient recipient in _waking)
            {
                recipient.IsTouched = false;
            }
        }

        _log.Append(BatchFrame, _writing);
        _log.Commit();
        TaskCompletionSource? written;
        lock (_lock)
        {
            Volatile.Write(ref _committed, ticket);
            written = _written;
            _written = null;
            _writing.Clear(RewriteStep);
        }

        written?.SetResult();
        bool wasFull = IsFull;
        if (rewritten)
        {
            CutOld();
        }

        Volatile.Write(ref _bytes, _log.Segments.Sum(segment => segment.Length));
        foreach (Recipient recipient in _waking)
        {
            recipient.OnCommitted();
        }

        _waking.Clear();
        if (wasFull && !IsFull)
        {
            _context.WakeAll();
        }

        return true;
    }

    /// <summary>Adds a piece of everything to what has been collected, if it is time to write everything anew.</summary>
    /// <returns>Whether that was the last piece.</returns>
    private bool Rewrite()
    {
        if (_rewriting is null)
        {
            bool grown = _bytes - _rewrittenBytes >= Math.Max(_store.SegmentSize, _rewrittenBytes);
            bool full = IsFull && Volatile.Read(ref _done) > 0 && _context.Clock.Now - _rewrittenAt >= LeastRewriteInterval;
            if (!grown && !full)
            {
                return false;
            }

            lock (_lock)
            {
                // Messages told before are told again when something refers to them.
                _oldestMessage = _lastMessage + 1;
                _done = 0;
            }

            _rewriteStart = _log.NextSequence;
            _rewriting = _context.WriteAll(this).GetEnumerator();
        }

        while (PendingBytes < RewriteStep)
        {
            if (!_rewriting.MoveNext())
            {
                _rewriting.Dispose();
                _rewriting = null;
                return true;
            }
        }

        return false;
    }

    private long PendingBytes
    {
        get
        {
            lock (_lock)
            {
                return _filling.Length;
            }
        }
    }

    private void CutOld()
    {
        _log.CutBefore(_rewriteStart);
        _log.Commit();
        _rewrittenBytes = _log.Segments.Sum(segment => segment.Length);
        _rewrittenAt = _context.Clock.Now;
    }

    private void Fail(Exception failure)
    {
        TaskCompletionSource?[] waiting;
        lock (_lock)
        {
            Volatile.Write(ref _failure, failure);
            waiting = [_written, _filled];
        }

        foreach (TaskCompletionSource? source in waiting)
        {
            source?.SetException(new JournalFailedException(failure));
        }
    }

    // Everything that follows runs under the lock.
    private void Store(Publication publication)
    {
        if (publication.StoredAs >= _oldestMessage)
        {
            return;
        }

        publication.StoredAs = ++_lastMessage;
        Begin(RecordType.Message, session: 0);
        WriteInt64(publication.StoredAs);
        Bytes.Write(_filling, publication.Topic.Utf8);
        WriteByte((byte)((int)publication.QualityOfService | (publication.Retain ? StoredState.RetainFlag : 0)));
        WriteInt64(_context.Clock.ToUtcTicks(publication.ExpiresAt));
        Bytes.Write(_filling, publication.Properties.Span);
        Bytes.Write(_filling, publication.Payload.FirstSpan);
        End();
    }

    private void WriteNumbered(RecordType type, long session, long number)
    {
        lock (_lock)
        {
            Begin(type, session);
            WriteInt64(number);
            _done++;
            End();
        }
    }

    private void Begin(RecordType type, long session)
    {
        if (_filling.Length == 0)
        {
            WriteByte(Version);
        }

        WriteByte((byte)type);
        WriteInt64(session);
    }

    private long End()
    {
        _signal.Raise();
        return _ticket;
    }

    private void WriteByte(byte value)
    {
        _filling.GetSpan(1)[0] = value;
        _filling.Advance(1);
    }

    private void WriteInt64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_filling.GetSpan(sizeof(long)), value);
        _filling.Advance(sizeof(long));
    }

    private void WriteLength(int value) => _filling.Advance(Length.Write(_filling.GetSpan(Length.MaxSize), (uint)value));
}
