using System.Globalization;
using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Windows of each key that are counted in records, in the order in which they arrive.</summary>
internal sealed class CountWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> : KeyedOperator<TKey, TIn, WindowResult<TKey, TOut>>
    where TKey : notnull
    where TAggregate : struct, IAggregate<TIn, TAccumulator, TOut>
{
    private readonly TAggregate _aggregate;
    private readonly CountWindowSettings _settings;

    /// <summary>How many records each key has had.</summary>
    private readonly StateTable<TKey, long> _records = new();
    private readonly CountedWindows<TAccumulator> _windows;

    /// <summary>At the end of the input, the first place in the table whose key may still have windows.</summary>
    private int _ending;

    public CountWindowOperator(
        KeySelector<TIn, TKey> key,
        TAggregate aggregate,
        CountWindowSettings settings,
        SideOutput<TIn>? late,
        Operator<WindowResult<TKey, TOut>> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, late is null ? [] : [late], next, counters, errors, context)
    {
        _aggregate = aggregate;
        _settings = settings;
        _windows = new CountedWindows<TAccumulator>(settings.Overlap);
        if (State is { } state)
        {
            StateSerializer<TAccumulator> accumulators = state.Serializers.OfAccumulator<TIn, TAccumulator, TOut, TAggregate>(aggregate);
            state.Add(new DurableStateTable<TKey, long>("keys", _records, state.Serializers.Of<TKey>(), new Values(this, accumulators)));
        }
    }

    protected override void OnRecord(TKey key, TIn value, RecordContext context)
    {
        int place = _records.GetOrAddPlace(key, out bool isNew);
        if (isNew)
        {
            _windows.Reserve(place);
        }

        _records.MarkChanged(place);

        // A record that fails is not counted: a window that it would have started is started by the next one.
        ref long records = ref _records.StateAt(place);
        long newest = records / _settings.Slide;
        for (long number = _settings.FirstOpen(records); number <= newest; number++)
        {
            ref CountedWindow<TAccumulator> window = ref _windows[place, number];
            if (number * _settings.Slide == records)
            {
                window = new CountedWindow<TAccumulator>
                {
                    Accumulator = _aggregate.Create(),
                    Earliest = long.MaxValue,
                    Latest = long.MinValue,
                };
            }

            _aggregate.Add(ref window.Accumulator, value, context);
            window.Earliest = Math.Min(window.Earliest, context.TimestampTicks);
            window.Latest = Math.Max(window.Latest, context.TimestampTicks);
        }

        records++;
        long full = _settings.FirstOpen(records) - 1;
        if (full >= 0 && (full * _settings.Slide) + _settings.Size == records)
        {
            Give(key, ref _windows[place, full]);
        }
    }

    protected override bool OnEventTime(long watermark)
    {
        if (watermark != Watermark.End)
        {
            return true;
        }

        for (; _ending < _records.Places; _ending++)
        {
            if (IsFull)
            {
                return false;
            }

            // The key goes with its windows: after a restart they are not to be given again.
            if (_records.IsAt(_ending))
            {
                EndKey(_ending);
                _records.RemoveAt(_ending);
            }
        }

        return true;
    }

    /// <summary>The input has ended: windows of a key that are not full give what they have, or records that no result has shown are counted as dropped.</summary>
    private void EndKey(int place)
    {
        long records = _records.StateAt(place);
        long first = _settings.FirstOpen(records);
        if (_settings.OnlyComplete)
        {
            long shown = first == 0 ? 0 : ((first - 1) * _settings.Slide) + _settings.Size;
            Counters.Dropped += records - shown;
            return;
        }

        for (long number = first; number * _settings.Slide < records; number++)
        {
            Give(_records.KeyAt(place), ref _windows[place, number]);
        }
    }

    private void Give(TKey key, ref CountedWindow<TAccumulator> window)
    {
        try
        {
            TOut result = _aggregate.GetResult(in window.Accumulator);
            var span = new Window(window.Earliest, window.Latest + 1);
            Emit(window.Latest, new WindowResult<TKey, TOut>(key, span, result, WindowTiming.OnTime, Pane: 0), Origin);
        }
        catch (Exception exception)
        {
            Errors.Handle(exception, key, new RecordContext(window.Latest, Origin));
        }

        window = default;
    }

    /// <summary>How many records a key has had, and its open windows from the first to the last.</summary>
    private sealed class Values(CountWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate> owner, StateSerializer<TAccumulator> accumulators) : EntryValues
    {
        private readonly string _windows = string.Create(CultureInfo.InvariantCulture, $"windows of {owner._settings.Size} records every {owner._settings.Slide}, ");

        public override string Format => _windows + accumulators.Format;

        public override void Write(StateWriter writer, int place)
        {
            long records = owner._records.StateAt(place);
            writer.Write(records);
            for (long number = owner._settings.FirstOpen(records); number * owner._settings.Slide < records; number++)
            {
                ref CountedWindow<TAccumulator> window = ref owner._windows[place, number];
                writer.Write(window.Earliest);
                writer.Write(window.Latest);
                accumulators.Write(writer, window.Accumulator);
            }
        }

        public override void Read(ref StateReader reader, int place)
        {
            owner._windows.Reserve(place);
            long records = reader.Read<long>();
            owner._records.StateAt(place) = records;
            for (long number = owner._settings.FirstOpen(records); number * owner._settings.Slide < records; number++)
            {
                owner._windows[place, number] = new CountedWindow<TAccumulator>
                {
                    Earliest = reader.Read<long>(),
                    Latest = reader.Read<long>(),
                    Accumulator = accumulators.Read(ref reader),
                };
            }
        }

        public override EntryValues? Reading(string format) =>
            format.StartsWith(_windows, StringComparison.Ordinal) && accumulators.Reading(format[_windows.Length..]) is { } found ? new Values(owner, found) : null;
    }
}
