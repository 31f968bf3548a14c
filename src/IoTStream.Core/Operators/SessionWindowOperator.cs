using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Windows that last as long as a key's records follow each other closely. A session is <c>[first, last + gap)</c>; sessions that overlap
/// are one. The newest session of a key lies beside the key, where most records fall; older ones that have not fired or may still
/// be changed by late records hang behind it.
/// </summary>
internal sealed class SessionWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> : KeyedOperator<TKey, TIn, WindowResult<TKey, TOut>>
    where TKey : notnull
    where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut>
{
    private readonly KeySelector<TIn, TKey> _key;
    private readonly TAggregate _aggregate;
    private readonly SideOutput<TIn>? _late;
    private readonly long _gap;
    private readonly long _allowedLateness;
    private readonly StateTable<TKey, KeySessions> _keys = new();
    private readonly SessionPool<TAccumulator> _older = new();

    /// <summary>When to look at the key at a place again. Each key has one entry that counts, the one for its <see cref="KeySessions.Due"/>.</summary>
    private readonly PriorityQueue<int, (long Due, int Place)> _due = new();

    /// <summary>The record of the batch that is being added.</summary>
    private int _position;

    public SessionWindowOperator(
        KeySelector<TIn, TKey> key,
        TAggregate aggregate,
        long gap,
        long allowedLateness,
        SideOutput<TIn>? late,
        Operator<WindowResult<TKey, TOut>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, late is null ? [] : [late], next, counters, errors, context)
    {
        _key = key;
        _aggregate = aggregate;
        _gap = gap;
        _allowedLateness = allowedLateness;
        _late = late;
        if (State is { } state)
        {
            StateSerializer<TAccumulator> accumulators = state.Serializers.OfAccumulator<TIn, TAccumulator, TOut, TAggregate>(aggregate);
            state.Add(new DurableStateTable<TKey, KeySessions>("sessions", _keys, state.Serializers.Of<TKey>(), new Values(this, accumulators)));
        }
    }

    /// <inheritdoc/>
    /// <remarks>The common case is a record that falls into the newest session of its key, which has not fired.</remarks>
    protected override int TakeCommon(scoped in Batch<TIn> batch, int start)
    {
        _position = start;
        if (HasKeysAhead)
        {
            return start;
        }

        try
        {
            AddToNewest(in batch);
        }
        catch (Exception exception) when (exception is not StepException)
        {
            Errors.Handle(exception, batch.Values[_position], batch.Context(_position));
            _position++;
        }

        return _position;
    }

    protected override void OnRecord(TKey key, TIn value, RecordContext context)
    {
        var session = new Session<TAccumulator>
        {
            Start = context.TimestampTicks,
            End = context.TimestampTicks + _gap,
            Pane = -1,
            Accumulator = _aggregate.Create(),
        };
        int place = _keys.PlaceOf(key);
        ref KeySessions sessions = ref Unsafe.NullRef<KeySessions>();
        if (place >= 0)
        {
            sessions = ref _keys.StateAt(place);
        }

        // First it is seen what the record's session would be: if that has expired, nothing must have changed.
        long watermark = WatermarkOf(key);
        (long first, long last) = place >= 0 ? Reach(in sessions, session.Start, session.End) : (session.Start, session.End);
        if (HasExpired(last, watermark))
        {
            AddLate(value, context);
            return;
        }

        _aggregate.Add(ref session.Accumulator, value, context);
        if (place >= 0)
        {
            _keys.MarkChanged(place);
            Insert(ref sessions, session, first, last);
        }
        else
        {
            place = _keys.GetOrAddPlace(key, out _);
            sessions = ref _keys.StateAt(place);
            sessions.Newest = session;
            sessions.Older = SessionPool<TAccumulator>.None;
            sessions.Due = long.MaxValue;
        }

        FireIfPassed(key, ref sessions, first, watermark);
        Schedule(ref sessions, place);
    }

    protected override bool OnEventTime(long watermark)
    {
        while (_due.TryPeek(out int place, out (long Due, int Place) first) && first.Due <= watermark)
        {
            if (IsFull)
            {
                return false;
            }

            _due.Dequeue();

            // An entry that was overtaken by an earlier one for the same key, or outlived its key, no longer counts.
            if (place < _keys.Places && _keys.IsAt(place) && _keys.StateAt(place).Due == first.Due)
            {
                Close(place, first.Due);
            }
        }

        return true;
    }

    /// <summary>This loop has nothing else in it, so that all it needs stays in registers; see the loop of tumbling windows.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddToNewest(scoped in Batch<TIn> batch)
    {
        ref long timestamps = ref MemoryMarshal.GetReference(batch.Timestamps);
        ref TIn values = ref MemoryMarshal.GetReference(batch.Values);
        RecordOrigin? origin = batch.Origins.Uniform;
        StateTable<TKey, KeySessions> keys = _keys;
        long watermark = CurrentWatermark;
        int count = batch.Count;
        int i = _position;
        for (; i < count; i++)
        {
            _position = i;
            ref TIn value = ref Unsafe.Add(ref values, i);
            TKey key = _key.Invoke(value, in batch, i);
            if (key is null)
            {
                break;
            }

            int place = keys.PlaceOf(key);
            if (place < 0)
            {
                break;
            }

            long timestamp = Unsafe.Add(ref timestamps, i);
            ref Session<TAccumulator> newest = ref keys.StateAt(place).Newest;
            if ((ulong)(timestamp - newest.Start) >= (ulong)(newest.End - newest.Start) || newest.End - 1 <= watermark)
            {
                break;
            }

            keys.MarkChanged(place);
            _aggregate.Add(ref newest.Accumulator, value, new RecordContext(timestamp, origin ?? batch.Origins[i]));
            newest.End = Math.Max(newest.End, timestamp + _gap);
        }

        _position = i;
    }

    /// <summary>The window that a session from <paramref name="start"/> to <paramref name="end"/> has once those it overlaps are merged into it.</summary>
    private (long Start, long End) Reach(in KeySessions sessions, long start, long end)
    {
        // Sessions do not overlap each other, so those that overlap the new one are all that it brings together.
        (long first, long last) = (start, end);
        if (Overlaps(in sessions.Newest, start, end))
        {
            first = Math.Min(first, sessions.Newest.Start);
            last = Math.Max(last, sessions.Newest.End);
        }

        for (int index = sessions.Older; index != SessionPool<TAccumulator>.None; index = _older.NextOf(index))
        {
            ref readonly Session<TAccumulator> older = ref _older[index];
            if (Overlaps(in older, start, end))
            {
                first = Math.Min(first, older.Start);
                last = Math.Max(last, older.End);
            }
        }

        return (first, last);
    }

    /// <summary>Adds a session of one record, merged with those that it overlaps; the whole reaches from <paramref name="first"/> to <paramref name="last"/>.</summary>
    private void Insert(ref KeySessions sessions, Session<TAccumulator> session, long first, long last)
    {
        (long start, long end) = (session.Start, session.End);
        (session.Start, session.End) = (first, last);
        bool takesNewest = Overlaps(in sessions.Newest, start, end);
        int previous = SessionPool<TAccumulator>.None;
        int index = sessions.Older;
        while (index != SessionPool<TAccumulator>.None)
        {
            int next = _older.NextOf(index);
            ref Session<TAccumulator> older = ref _older[index];
            if (Overlaps(in older, start, end))
            {
                Merge(ref session, ref older);
                _older.Remove(ref sessions.Older, previous, index);
            }
            else
            {
                previous = index;
            }

            index = next;
        }

        if (takesNewest)
        {
            Merge(ref session, ref sessions.Newest);
            sessions.Newest = session;
        }
        else if (first > sessions.Newest.Start)
        {
            _older.Add(ref sessions.Older, sessions.Newest);
            sessions.Newest = session;
        }
        else
        {
            _older.Add(ref sessions.Older, session);
        }
    }

    /// <summary>Takes what an earlier session holds into one. The records of that one have arrived before, and stay the first of those with the same timestamp.</summary>
    private void Merge(ref Session<TAccumulator> session, ref Session<TAccumulator> earlier)
    {
        try
        {
            _aggregate.Merge(ref earlier.Accumulator, in session.Accumulator);
        }
        catch (Exception exception)
        {
            // It concerns all records of two sessions, so there is no single one to skip or to put aside.
            throw new StepException(Counters.Step, exception);
        }

        session.Accumulator = earlier.Accumulator;
        session.Pane = Math.Max(session.Pane, earlier.Pane);
    }

    /// <summary>Gives the result of the session that starts at an instant, if the watermark has passed it.</summary>
    private void FireIfPassed(TKey key, ref KeySessions sessions, long start, long watermark)
    {
        ref Session<TAccumulator> session = ref sessions.Newest;
        if (session.Start != start)
        {
            int index = sessions.Older;
            while (_older[index].Start != start)
            {
                index = _older.NextOf(index);
            }

            session = ref _older[index];
        }

        if (session.End - 1 <= watermark)
        {
            Fire(key, ref session, WindowTiming.Late);
        }
        else
        {
            session.HasFired = false;
        }
    }

    /// <summary>
    /// Looks at a key that is due at an instant: fires sessions that end there, and forgets those that no late record can change any more. What
    /// is due later waits for its turn, so that results come in the order of their windows' ends, whatever steps the watermark takes.
    /// </summary>
    private void Close(int place, long instant)
    {
        TKey key = _keys.KeyAt(place);
        ref KeySessions sessions = ref _keys.StateAt(place);
        _keys.MarkChanged(place);
        int previous = SessionPool<TAccumulator>.None;
        int index = sessions.Older;
        while (index != SessionPool<TAccumulator>.None)
        {
            int next = _older.NextOf(index);
            FireIfDue(key, ref _older[index], instant);
            if (HasExpired(_older[index].End, instant))
            {
                _older.Remove(ref sessions.Older, previous, index);
            }
            else
            {
                previous = index;
            }

            index = next;
        }

        FireIfDue(key, ref sessions.Newest, instant);
        if (HasExpired(sessions.Newest.End, instant))
        {
            if (sessions.Older == SessionPool<TAccumulator>.None)
            {
                _keys.RemoveAt(place);
                return;
            }

            TakeNewest(ref sessions);
        }

        sessions.Due = long.MaxValue;
        Schedule(ref sessions, place);
    }

    /// <summary>The newest session has gone: the latest of the older ones takes its place.</summary>
    private void TakeNewest(ref KeySessions sessions)
    {
        int previousOfLatest = SessionPool<TAccumulator>.None;
        int latest = sessions.Older;
        for (int index = latest; _older.NextOf(index) != SessionPool<TAccumulator>.None; index = _older.NextOf(index))
        {
            int next = _older.NextOf(index);
            if (_older[next].Start > _older[latest].Start)
            {
                previousOfLatest = index;
                latest = next;
            }
        }

        sessions.Newest = _older[latest];
        _older.Remove(ref sessions.Older, previousOfLatest, latest);
    }

    private void FireIfDue(TKey key, ref Session<TAccumulator> session, long instant)
    {
        if (!session.HasFired && session.End - 1 <= instant)
        {
            Fire(key, ref session, WindowTiming.OnTime);
        }
    }

    private void Fire(TKey key, ref Session<TAccumulator> session, WindowTiming timing)
    {
        session.HasFired = true;
        session.Pane++;
        try
        {
            Emit(
                session.End - 1,
                new WindowResult<TKey, TOut>(
                    key, new Window(session.Start, session.End), _aggregate.GetResult(in session.Accumulator), timing, session.Pane),
                Origin);
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, key, new RecordContext(session.End - 1, Origin));
        }
    }

    /// <summary>Sees to it that a key is looked at when the first of its sessions is due. A session that grows is not due any earlier, so it keeps its entry.</summary>
    private void Schedule(ref KeySessions sessions, int place)
    {
        long due = DueOf(in sessions.Newest);
        for (int index = sessions.Older; index != SessionPool<TAccumulator>.None; index = _older.NextOf(index))
        {
            due = Math.Min(due, DueOf(in _older[index]));
        }

        if (due < sessions.Due)
        {
            sessions.Due = due;
            _due.Enqueue(place, (due, place));
        }
    }

    private long DueOf(in Session<TAccumulator> session) => session.End - 1 + (session.HasFired ? _allowedLateness : 0);

    private bool HasExpired(long end, long watermark) => end - 1 + _allowedLateness <= watermark;

    private void AddLate(TIn value, RecordContext context)
    {
        Counters.Late++;
        if (_late is null)
        {
            Counters.Dropped++;
        }
        else
        {
            _late.Add(in value, context);
        }
    }

    private static bool Overlaps(in Session<TAccumulator> session, long start, long end) => session.Start < end && start < session.End;

    /// <summary>The sessions of a key: how many there are, the newest, and the others in no order.</summary>
    private sealed class Values(
        SessionWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> owner, StateSerializer<TAccumulator> accumulators) : EntryValues
    {
        private const string Sessions = "sessions of ";

        public override string Format => Sessions + accumulators.Format;

        public override void Write(StateWriter writer, int place)
        {
            ref KeySessions sessions = ref owner._keys.StateAt(place);
            int count = 1;
            for (int index = sessions.Older; index != SessionPool<TAccumulator>.None; index = owner._older.NextOf(index))
            {
                count++;
            }

            writer.WriteCount(count);
            Write(writer, in sessions.Newest);
            for (int index = sessions.Older; index != SessionPool<TAccumulator>.None; index = owner._older.NextOf(index))
            {
                Write(writer, in owner._older[index]);
            }
        }

        public override void Read(ref StateReader reader, int place)
        {
            Remove(place);
            ref KeySessions sessions = ref owner._keys.StateAt(place);
            int count = reader.ReadCount();
            sessions.Newest = ReadSession(ref reader);
            for (int i = 1; i < count; i++)
            {
                owner._older.Add(ref sessions.Older, ReadSession(ref reader));
            }
        }

        public override void Remove(int place)
        {
            ref int older = ref owner._keys.StateAt(place).Older;
            while (older != SessionPool<TAccumulator>.None)
            {
                owner._older.Remove(ref older, SessionPool<TAccumulator>.None, older);
            }
        }

        public override void OnRestored()
        {
            for (int place = 0; place < owner._keys.Places; place++)
            {
                if (owner._keys.IsAt(place))
                {
                    ref KeySessions sessions = ref owner._keys.StateAt(place);
                    sessions.Due = long.MaxValue;
                    owner.Schedule(ref sessions, place);
                }
            }
        }

        public override EntryValues? Reading(string format) =>
            format.StartsWith(Sessions, StringComparison.Ordinal) && accumulators.Reading(format[Sessions.Length..]) is { } found ? new Values(owner, found) : null;

        private void Write(StateWriter writer, in Session<TAccumulator> session)
        {
            writer.Write(session.Start);
            writer.Write(session.End);
            writer.Write(session.Pane);
            writer.Write(session.HasFired);
            accumulators.Write(writer, session.Accumulator);
        }

        private Session<TAccumulator> ReadSession(ref StateReader reader) => new()
        {
            Start = reader.Read<long>(),
            End = reader.Read<long>(),
            Pane = reader.Read<int>(),
            HasFired = reader.Read<bool>(),
            Accumulator = accumulators.Read(ref reader),
        };
    }

    private struct KeySessions
    {
        /// <summary>The session that starts last.</summary>
        public Session<TAccumulator> Newest;

        /// <summary>The first of the others in the pool, in no order.</summary>
        public int Older;

        /// <summary>When the key is looked at.</summary>
        public long Due;
    }
}
