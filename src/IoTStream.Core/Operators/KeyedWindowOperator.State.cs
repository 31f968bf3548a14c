using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>What outlives the job: an entry for each key with all of its windows. Timers and held watermarks follow from them.</summary>
internal sealed partial class KeyedWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>
{
    protected override void GoOnFrom(long watermark)
    {
        base.GoOnFrom(watermark);
        _reached = watermark;
    }

    private void Keep(StepState state)
    {
        StateSerializer<TAccumulator> accumulators = state.Serializers.OfAccumulator<TIn, TAccumulator, TOut, TAggregate>(_aggregate);
        state.Add(new DurableStateTable<TKey, KeyProgress>("keys", _keys, state.Serializers.Of<TKey>(), new Values(this, accumulators)));
        state.Add(new WatermarkState("passed on", () => _passedOn, watermark => _passedOn = watermark));
        state.Add(new WatermarkState("clock", () => _context.TimeProvider.GetUtcNow().UtcTicks, StandStillSince));
    }

    /// <summary>The job was not there from a moment on: no key was silent for what it could not say then.</summary>
    private void StandStillSince(long moment)
    {
        if (_context.TimeProvider.GetUtcNow().UtcTicks > moment)
        {
            _heldBackUntil = _context.TimeProvider.GetTimestamp();
        }
    }

    /// <summary>A moment of the job's clock as UTC ticks.</summary>
    private long ToUtc(long moment) => moment == Never || !_needsClock
        ? Never
        : (long)Int128.Clamp(
            _context.TimeProvider.GetUtcNow().UtcTicks
                + ((Int128)(moment - _context.TimeProvider.GetTimestamp()) * TimeSpan.TicksPerSecond / _context.TimeProvider.TimestampFrequency),
            0,
            Ticks.Forever);

    /// <summary>UTC ticks as a moment of the job's clock.</summary>
    private long FromUtc(long ticks) => ticks == Never
        ? Never
        : (long)Int128.Clamp(
            _context.TimeProvider.GetTimestamp()
                + ((Int128)(ticks - _context.TimeProvider.GetUtcNow().UtcTicks) * _context.TimeProvider.TimestampFrequency / TimeSpan.TicksPerSecond),
            -Ticks.Forever,
            Ticks.Forever);

    private sealed class Values(
        KeyedWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> owner, StateSerializer<TAccumulator> accumulators) : EntryValues
    {
        private readonly string _windows = owner._words + (owner._hasDeviceTime ? " by device time, " : ", ");

        public override string Format => _windows + accumulators.Format;

        public override void Write(StateWriter writer, int place)
        {
            ref KeyProgress progress = ref owner._keys.StateAt(place);
            writer.Write(progress.Watermark);
            writer.Write(owner.ToUtc(progress.LastActivity));
            writer.Write(progress.IsSilent);
            int count = 0;
            for (int at = progress.Windows.Oldest; at != None; at = owner._windows[at].Newer)
            {
                count++;
            }

            writer.WriteCount(count);
            for (int at = progress.Windows.Oldest; at != None; at = owner._windows[at].Newer)
            {
                Write(writer, in owner._windows[at]);
            }
        }

        public override void Read(ref StateReader reader, int place)
        {
            Remove(place);
            ref KeyProgress progress = ref owner._keys.StateAt(place);
            progress = KeyProgress.Unknown;
            progress.Watermark = reader.Read<long>();
            progress.LastActivity = owner.FromUtc(reader.Read<long>());
            progress.IsSilent = reader.Read<bool>();
            for (int left = reader.ReadCount(); left > 0; left--)
            {
                ReadWindow(ref reader, ref progress.Windows);
            }
        }

        public override void Remove(int place)
        {
            ref WindowChain windows = ref owner._keys.StateAt(place).Windows;
            while (!windows.IsEmpty)
            {
                owner._windows.Remove(ref windows, windows.Oldest);
            }
        }

        public override void OnRestored()
        {
            for (int place = 0; place < owner._keys.Places; place++)
            {
                if (owner._keys.IsAt(place))
                {
                    owner.Resume(owner._keys.KeyAt(place), ref owner._keys.StateAt(place));
                }
            }
        }

        public override EntryValues? Reading(string format) =>
            format.StartsWith(_windows, StringComparison.Ordinal) && accumulators.Reading(format[_windows.Length..]) is { } found ? new Values(owner, found) : null;

        private void Write(StateWriter writer, in KeyedWindow<TAccumulator> window)
        {
            writer.Write(window.Start);
            writer.Write(window.End);
            writer.Write(window.Latest);
            writer.Write(window.Pane);
            writer.Write(window.New);
            writer.Write(window.NextEarly);
            writer.Write(owner.ToUtc(window.NextByClock));
            writer.Write(window.HasFired);
            writer.Write(window.HoldsWatermark);
            writer.Write(window.HasAccumulator);
            if (window.HasAccumulator)
            {
                accumulators.Write(writer, window.Accumulator);
            }
        }

        private void ReadWindow(ref StateReader reader, ref WindowChain windows)
        {
            int place = owner._windows.Add(ref windows, windows.Newest, reader.Read<long>(), reader.Read<long>(), default!);
            ref KeyedWindow<TAccumulator> window = ref owner._windows[place];
            window.Latest = reader.Read<long>();
            window.Pane = reader.Read<int>();
            window.New = reader.Read<long>();
            window.NextEarly = reader.Read<long>();
            window.NextByClock = owner.FromUtc(reader.Read<long>());
            window.HasFired = reader.Read<bool>();
            window.HoldsWatermark = reader.Read<bool>();
            window.HasAccumulator = reader.Read<bool>();
            if (window.HasAccumulator)
            {
                window.Accumulator = accumulators.Read(ref reader);
            }
        }
    }

    /// <summary>A key has been restored: sets its timers, and what its windows hold.</summary>
    private void Resume(TKey key, ref KeyProgress progress)
    {
        long byClock = Never;
        for (int at = progress.Windows.Oldest; at != None; at = _windows[at].Newer)
        {
            ref KeyedWindow<TAccumulator> window = ref _windows[at];
            progress.NextDue = Math.Min(progress.NextDue, DueOf(in window));
            byClock = Math.Min(byClock, window.NextByClock);
            if (window.HoldsWatermark)
            {
                _holds.Add(window.End - 1);
            }
        }

        if (_idleAfter != Never)
        {
            byClock = Math.Min(byClock, After(progress.LastActivity, progress.IsSilent ? _forgetAfter : _idleAfter));
        }

        if (!_hasDeviceTime)
        {
            SetEventTimer(key, ref progress);
        }

        SetClockTimer(key, ref progress, byClock);
    }
}
