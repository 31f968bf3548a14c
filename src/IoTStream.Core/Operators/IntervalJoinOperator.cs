using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Pairs of records of the same key that are not too far apart. A pair is given as soon as the later of the two arrives. A record is late by
/// the watermark of its own input, so that it does not depend on how the inputs interleave which pairs there are; it is kept for
/// as long as the watermark of the other input allows a partner.
/// </summary>
internal sealed class IntervalJoinOperator<TKey, TLeft, TRight, TOut> : TwoInputOperator<TLeft, TRight, TOut>
    where TKey : notnull
{
    private readonly IntervalJoinSettings _settings;
    private readonly Func<TLeft, TRight, TOut> _result;
    private readonly StateTable<TKey, JoinState<TLeft, TRight>> _keys = new();
    private readonly Side<TLeft, TRight, LeftSide<TLeft, TRight, TOut>> _left;
    private readonly Side<TRight, TLeft, RightSide<TLeft, TRight, TOut>> _right;
    private long _sweptTo = Watermark.None;
    private double _toSweep;
    private int _sweepPosition;

    /// <param name="inputs">How many of the two inputs exist on this lane.</param>
    /// <param name="leftKey">The key of a left record.</param>
    /// <param name="rightKey">The key of a right record.</param>
    /// <param name="settings">Which records join.</param>
    /// <param name="result">The result of a pair; a record without a partner is given with a default value.</param>
    /// <param name="lateLeft">Where left records go that come too late, if anywhere.</param>
    /// <param name="lateRight">As <paramref name="lateLeft"/>, for right ones.</param>
    /// <param name="next">What follows.</param>
    /// <param name="counters">The step's counters.</param>
    /// <param name="errors">What happens to pairs that fail.</param>
    /// <param name="context">The lane.</param>
    public IntervalJoinOperator(
        int inputs,
        KeySelector<TLeft, TKey> leftKey,
        KeySelector<TRight, TKey> rightKey,
        IntervalJoinSettings settings,
        Func<TLeft, TRight, TOut> result,
        SideOutput<TLeft>? lateLeft,
        SideOutput<TRight>? lateRight,
        Operator<TOut> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(inputs, [.. new SideOutput?[] { lateLeft, lateRight }.OfType<SideOutput>()], next, counters, errors, context)
    {
        _settings = settings;
        _result = result;
        _left = new(this, new(leftKey, context.BatchSize), settings.Lower, settings.Upper, settings.Outer.HasFlag(OuterJoin.Left), lateLeft);
        _right = new(this, new(rightKey, context.BatchSize), -settings.Upper, -settings.Lower, settings.Outer.HasFlag(OuterJoin.Right), lateRight);
        if (State is { } state)
        {
            state.Add(new DurableStateTable<TKey, JoinState<TLeft, TRight>>(
                "keys", _keys, state.Serializers.Of<TKey>(), new Sides(this, state.Serializers.Of<TLeft>(), state.Serializers.Of<TRight>())));
        }
    }

    /// <summary>How many keys something is kept of.</summary>
    public int Keys => _keys.Count;

    protected override int OnLeft(scoped in Batch<TLeft> batch) => _left.Process(in batch, LeftWatermark, RightWatermark, _right.IsOuter);

    protected override int OnRight(scoped in Batch<TRight> batch) => _right.Process(in batch, RightWatermark, LeftWatermark, _left.IsOuter);

    protected override bool OnEventTime(long watermark)
    {
        if (!_left.GiveUnmatched(watermark) || !_right.GiveUnmatched(watermark))
        {
            return false;
        }

        Sweep(watermark);
        return true;
    }

    /// <summary>
    /// Records are dropped when their key is next used. For keys that are not used any more, the table is walked once while event time passes
    /// that is as long as records are kept: little by little, so that no watermark costs much, and no more than the records did.
    /// </summary>
    private void Sweep(long watermark)
    {
        if (watermark == Watermark.End)
        {
            _keys.Clear();
            return;
        }

        double passed = _sweptTo == Watermark.None ? 0 : (double)watermark - _sweptTo;
        _sweptTo = watermark;
        _toSweep = Math.Min(_keys.Places, _toSweep + (_keys.Places * (passed / Math.Max(1, _settings.Retention))));
        for (; _toSweep >= 1; _toSweep--)
        {
            _sweepPosition = _sweepPosition + 1 < _keys.Places ? _sweepPosition + 1 : 0;
            if (_keys.IsAt(_sweepPosition))
            {
                Visit(_sweepPosition);
            }
        }
    }

    private void Visit(int place)
    {
        ref JoinState<TLeft, TRight> state = ref _keys.StateAt(place);
        if (state.IsInUse)
        {
            state.IsInUse = false;
            return;
        }

        // Nothing has come for a whole round: what is empty now is not going to be filled again at once.
        _left.Drop(ref state.Left, RightWatermark);
        _right.Drop(ref state.Right, LeftWatermark);
        if (state.Left.Count == 0 && state.Right.Count == 0)
        {
            _keys.RemoveAt(place);
        }
    }

    /// <summary>
    /// What is kept of a key as bytes. A record that was only dropped is no change: it is over by the watermarks, and drops out again.
    /// </summary>
    private sealed class Sides(
        IntervalJoinOperator<TKey, TLeft, TRight, TOut> owner, StateSerializer<TLeft> left, StateSerializer<TRight> right) : EntryValues
    {
        private const string Word = "join";

        public override string Format { get; } = FormatParts.Join(Word, left.Format, right.Format);

        public override void Write(StateWriter writer, int place)
        {
            ref JoinState<TLeft, TRight> state = ref owner._keys.StateAt(place);
            state.Left.Write(writer, left);
            state.Right.Write(writer, right);
        }

        public override void Read(ref StateReader reader, int place)
        {
            ref JoinState<TLeft, TRight> state = ref owner._keys.StateAt(place);
            owner._left.Read(ref state.Left, ref reader, left);
            owner._right.Read(ref state.Right, ref reader, right);
        }

        public override void OnRestored()
        {
            for (int place = 0; place < owner._keys.Places; place++)
            {
                if (owner._keys.IsAt(place))
                {
                    ref JoinState<TLeft, TRight> state = ref owner._keys.StateAt(place);
                    owner._left.OnRestored(in state.Left, owner._keys.KeyAt(place));
                    owner._right.OnRestored(in state.Right, owner._keys.KeyAt(place));
                }
            }
        }

        public override EntryValues? Reading(string format) =>
            FormatParts.Split(format, Word, 2) is { } parts && left.Reading(parts[0]) is { } readsLeft && right.Reading(parts[1]) is { } readsRight
                ? new Sides(owner, readsLeft, readsRight)
                : null;
    }

    /// <summary>What is done for the records of one input. Those of the other that join lie between two bounds around a record's own timestamp.</summary>
    private sealed class Side<TOwn, TOther, TSide>(
        IntervalJoinOperator<TKey, TLeft, TRight, TOut> owner, KeyColumn<TOwn, TKey> keys, long from, long to, bool isOuter, SideOutput<TOwn>? late)
        where TSide : struct, IJoinSide<TLeft, TRight, TOwn, TOther, TOut>
    {
        private readonly TimelinePool<TOwn> _pool = new();

        /// <summary>When records that have found no partner by then are given without one. Only for an outer side.</summary>
        private readonly TimerQueue<TKey> _givenUp = new();

        /// <summary>No record that is kept is later.</summary>
        private long _latest = long.MinValue;
        private long _lateUntil;
        private long _deadUntil;
        private long _othersDeadUntil;

        /// <summary>The record of the batch that is being processed.</summary>
        private int _position;

        /// <summary>Which partner of it is being processed, negative if none has been yet.</summary>
        private int _partner = -1;

        /// <summary>Whether it has had partners before that.</summary>
        private bool _isMatched;

        /// <summary>Whether records without a partner are given.</summary>
        public bool IsOuter => isOuter;

        public int Process(scoped in Batch<TOwn> batch, long ownWatermark, long otherWatermark, bool isOtherOuter)
        {
            long lateness = owner._settings.AllowedLateness;
            _lateUntil = Ticks.Add(ownWatermark, -lateness);
            _deadUntil = DeadUntil(otherWatermark);

            // What waits to be given without a partner is dropped when that is done.
            _othersDeadUntil = isOtherOuter ? long.MinValue : Ticks.Add(_lateUntil, from);
            _position = 0;
            keys.Clear();
            while (true)
            {
                try
                {
                    return Join(in batch, isOtherOuter);
                }
                catch (Exception exception) when (exception is not StepException)
                {
                    Skip(exception, in batch);
                    if (owner.IsFull && !owner.SendUnsent())
                    {
                        return _position;
                    }
                }
            }
        }

        /// <summary>Drops what has no partner to come, and gives back the memory if that was all.</summary>
        public void Drop(ref Timeline<TOwn> own, long otherWatermark)
        {
            if (!isOuter)
            {
                own.DropUntil(DeadUntil(otherWatermark));
            }

            own.Trim(_pool);
        }

        public void Read(ref Timeline<TOwn> own, ref StateReader reader, StateSerializer<TOwn> values)
        {
            own.Read(ref reader, values, _pool);
            if (own.Count > 0)
            {
                _latest = Math.Max(_latest, own[own.End - 1].Timestamp);
            }
        }

        /// <summary>Records of a key are there again: they are given up when they would have been.</summary>
        public void OnRestored(in Timeline<TOwn> own, TKey key)
        {
            for (int index = own.Start; isOuter && index < own.End; index++)
            {
                _givenUp.Add(GivenUpAt(own[index].Timestamp), key);
            }
        }

        /// <summary>Gives what has found no partner and will find none, until there is no room.</summary>
        /// <returns>Whether all is done.</returns>
        public bool GiveUnmatched(long watermark)
        {
            while (_givenUp.Count > 0 && _givenUp.FirstTime <= watermark)
            {
                int place = owner._keys.PlaceOf(_givenUp.FirstKey);
                ref Timeline<TOwn> own = ref TSide.Own(ref owner._keys.StateAt(place));
                owner._keys.MarkChanged(place);
                while (own.Count > 0 && GivenUpAt(own[own.Start].Timestamp) <= watermark)
                {
                    if (owner.IsFull)
                    {
                        return false;
                    }

                    Timeline<TOwn>.Entry entry = own[own.Start];
                    own.DropFirst(1);
                    if (!entry.IsMatched)
                    {
                        GiveUnmatched(entry);
                    }
                }

                _givenUp.RemoveFirst();
            }

            return true;
        }

        private void GiveUnmatched(in Timeline<TOwn>.Entry entry)
        {
            long timestamp = GivenUpAt(entry.Timestamp);
            try
            {
                owner.Emit(timestamp, TSide.Result(owner._result, entry.Value, default!), owner.Origin);
            }
            catch (Exception exception)
            {
                owner.Errors.Handle(exception, entry.Value, new RecordContext(timestamp, owner.Origin));
            }
        }

        /// <summary>Up to when own records have no partner to come, as those would be late.</summary>
        private long DeadUntil(long otherWatermark) => Ticks.Add(Ticks.Add(otherWatermark, -owner._settings.AllowedLateness), -to);

        /// <summary>When it is certain that a record has no partner: at the last instant at which one could be, that it could be late included.</summary>
        private long GivenUpAt(long timestamp) =>
            Math.Max(timestamp, Math.Min(Ticks.Last, Ticks.Add(timestamp, Math.Max(0, to) + owner._settings.AllowedLateness)));

        /// <returns>How many records are done.</returns>
        private int Join(scoped in Batch<TOwn> batch, bool isOtherOuter)
        {
            while (_position < batch.Count && Join(in batch, KeysFrom(in batch), isOtherOuter))
            {
            }

            return _position;
        }

        private ReadOnlySpan<TKey> KeysFrom(scoped in Batch<TOwn> batch)
        {
            try
            {
                return keys.From(in batch, _position);
            }
            catch
            {
                // A record that had a key when its pairs were interrupted, and has none now, is gone past like any other without one.
                _partner = -1;
                _isMatched = false;
                throw;
            }
        }

        /// <summary>This loop is what a pipeline of joins spends its time in; it keeps its position where whoever catches an exception finds it.</summary>
        /// <returns>Whether the records with those keys are done.</returns>
        [MethodImpl(MethodImplOptions.NoInlining)]
        private bool Join(scoped in Batch<TOwn> batch, ReadOnlySpan<TKey> found, bool isOtherOuter)
        {
            int start = _position;
            StateTable<TKey, JoinState<TLeft, TRight>> table = owner._keys;
            for (int i = 0; i < found.Length; i++)
            {
                _position = start + i;
                long timestamp = Unsafe.Add(ref MemoryMarshal.GetReference(batch.Timestamps), start + i);
                if (timestamp <= _lateUntil)
                {
                    AddLate(in batch);
                    if (owner.IsFull && !owner.SendUnsent())
                    {
                        _position++;
                        return false;
                    }

                    continue;
                }

                // A record that no other one can join any more is not kept.
                bool isKept = isOuter || timestamp > _deadUntil;
                ref JoinState<TLeft, TRight> state = ref (isKept ? ref table.GetOrAdd(found[i], out _) : ref table.TryGet(found[i]));
                if (Unsafe.IsNullRef(ref state))
                {
                    continue;
                }

                ref TOwn value = ref Unsafe.Add(ref MemoryMarshal.GetReference(batch.Values), start + i);
                state.IsInUse = true;
                ref Timeline<TOther> others = ref TSide.Other(ref state);
                if (others.Count > 0 && !GivePairs(ref others, timestamp, ref value, isOtherOuter))
                {
                    return false;
                }

                if (isKept)
                {
                    Keep(ref TSide.Own(ref state), found[i], timestamp, ref value);
                }
                else if (isOtherOuter)
                {
                    // It may have been the partner that others have waited for.
                    table.MarkChanged(table.PlaceOf(found[i]));
                }

                _isMatched = false;
            }

            _position = start + found.Length;
            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private bool GivePairs(ref Timeline<TOther> others, long timestamp, ref TOwn value, bool isOtherOuter)
        {
            long last = Ticks.Add(timestamp, to);
            for (int i = _partner >= 0 ? _partner : others.DropAndFind(_othersDeadUntil, Ticks.Add(timestamp, from)); i < others.End; i++)
            {
                ref Timeline<TOther>.Entry other = ref others[i];
                if (other.Timestamp > last)
                {
                    break;
                }

                _partner = i;
                if (owner.HasFullBatch && !owner.SendUnsent())
                {
                    return false;
                }

                _isMatched = true;
                if (isOtherOuter)
                {
                    other.IsMatched = true;
                }

                owner.Emit(Math.Max(timestamp, other.Timestamp), TSide.Result(owner._result, value, other.Value), owner.Origin);
            }

            _partner = -1;
            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Keep(ref Timeline<TOwn> own, TKey key, long timestamp, ref TOwn value)
        {
            if (isOuter)
            {
                if (_isMatched && timestamp <= _deadUntil)
                {
                    return;
                }

                _givenUp.Add(GivenUpAt(timestamp), key);
            }
            else if (own.IsFull)
            {
                // A key of which the other input brings nothing has nobody else to drop what is over.
                own.DropUntil(_deadUntil);
            }

            bool isLatest = timestamp >= _latest;
            _latest = isLatest ? timestamp : _latest;
            own.Add(timestamp, in value, _isMatched, _pool, isLatest);
        }

        private void AddLate(scoped in Batch<TOwn> batch)
        {
            owner.Counters.Late++;
            if (late is null)
            {
                owner.Counters.Dropped++;
            }
            else
            {
                late.Add(batch.Values[_position], batch.Context(_position));
            }
        }

        /// <summary>Goes past a pair whose result failed, or a record whose key did.</summary>
        private void Skip(Exception exception, scoped in Batch<TOwn> batch)
        {
            owner.Errors.Handle(exception, batch.Values[_position], batch.Context(_position));
            if (_partner >= 0)
            {
                _partner++;
            }
            else
            {
                _position++;
            }
        }
    }
}
