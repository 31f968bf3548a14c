using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Finds matches of a pattern. Records wait until the watermark has passed them and are then looked at in the order of their timestamps, so that
/// it does not matter in which order they came. What a record does to its key's partial matches is found out first and then done, so
/// that one on which a condition throws leaves no trace.
/// </summary>
internal sealed partial class PatternOperator<TKey, TIn, TOut> : KeyedOperator<TKey, TIn, TOut>
    where TKey : notnull
{
    private const int None = MatchBuffer<TIn>.None;

    private readonly PatternProgram<TIn> _program;
    private readonly PatternSettings _settings;
    private readonly Func<TKey, Match<TIn>, TOut> _result;
    private readonly Action<TKey, Match<TIn>, RecordContext>? _timedOut;
    private readonly SideOutput<TIn>? _late;
    private readonly OrderedBuffer<TIn> _waiting = new();
    private readonly StateTable<TKey, KeyMatches> _keys = new();
    private readonly MatchBuffer<TIn> _matches = new();

    /// <summary>The keys with a time limit ahead, at the place in <see cref="_keys"/>, and when it is.</summary>
    private readonly PriorityQueue<int, long> _limits = new();
    private readonly MatchOrder<TIn> _order;

    // What the record in hand does.
    private readonly List<(int Entry, ulong Open)> _changed = [];
    private readonly List<(int Parent, int Step, ulong Open, bool IsWhole)> _taken = [];
    private readonly List<int> _whole = [];

    private long _nextLimit = long.MaxValue;
    private int _next;
    private bool _hasGiven;

    /// <param name="key">The key of a record.</param>
    /// <param name="program">The pattern.</param>
    /// <param name="settings">How its matches are looked for.</param>
    /// <param name="result">The result of a match.</param>
    /// <param name="timedOut">Takes matches whose time is over, if anybody wants to know of them.</param>
    /// <param name="late">Where late records go, if anywhere.</param>
    /// <param name="sides">All side outputs.</param>
    /// <param name="next">What follows.</param>
    /// <param name="counters">The step's counters.</param>
    /// <param name="errors">What happens to records that fail.</param>
    /// <param name="context">The lane.</param>
    public PatternOperator(
        KeySelector<TIn, TKey> key,
        PatternProgram<TIn> program,
        PatternSettings settings,
        Func<TKey, Match<TIn>, TOut> result,
        Action<TKey, Match<TIn>, RecordContext>? timedOut,
        SideOutput<TIn>? late,
        IReadOnlyList<SideOutput> sides,
        Operator<TOut> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(key, sides, next, counters, errors, context)
    {
        _program = program;
        _settings = settings;
        _result = result;
        _timedOut = timedOut;
        _late = late;
        _order = new MatchOrder<TIn>(_matches);
        if (State is { } state)
        {
            Keep(state, key);
        }
    }

    /// <summary>Lets records wait for their time.</summary>
    protected override int Process(scoped in Batch<TIn> batch)
    {
        int start = 0;
        while (start < batch.Count)
        {
            int end = start;
            while (end < batch.Count && batch.Timestamps[end] > CurrentWatermark)
            {
                end++;
            }

            _waiting.Add(batch.Slice(start, end - start));
            if (end < batch.Count)
            {
                AddLate(in batch, end);
            }

            start = end + 1;
        }

        SendUnsent();
        return batch.Count;
    }

    protected override bool OnEventTime(long watermark)
    {
        while (true)
        {
            Batch<TIn> due = _waiting.First(watermark);
            if (due.Count == 0)
            {
                return PassLimits(watermark == Watermark.End ? watermark : watermark + 1);
            }

            _waiting.Take(Run(in due));
            if (IsFull)
            {
                return false;
            }
        }
    }

    protected override void OnRecord(TKey key, TIn value, RecordContext context)
    {
        int place = _keys.Count == 0 ? None : _keys.PlaceOf(key);
        if (place >= 0)
        {
            FindOut(in _keys.StateAt(place), in value, context);
        }

        Begin(in value, context);
        if (place < 0)
        {
            if (_taken.Count == 0)
            {
                return;
            }

            CheckRoom(kept: 0);
            place = _keys.GetOrAddPlace(key, out _);
            _keys.StateAt(place) = new KeyMatches { First = None, Last = None };
        }
        else
        {
            _keys.MarkChanged(place);
            ref KeyMatches known = ref _keys.StateAt(place);
            if (_changed.Count == 0 && _taken.Count == 0)
            {
                known.Records++;
                return;
            }

            CheckRoom(known.Entries);
        }

        Do(place, in value, context);
    }

    /// <summary>Looks at records that are due, in order, until there is no space for results.</summary>
    /// <returns>How many have been looked at.</returns>
    private int Run(scoped in Batch<TIn> due)
    {
        _next = 0;
        while (_next < due.Count)
        {
            try
            {
                RunOn(in due);
                break;
            }
            catch (Exception exception) when (exception is not StepException)
            {
                Forget();
                Errors.Handle(exception, due.Values[_next], due.Context(_next));
                _next++;
                if (IsFull)
                {
                    break;
                }
            }
        }

        return _next;
    }

    private void RunOn(scoped in Batch<TIn> due)
    {
        for (; _next < due.Count; _next++)
        {
            if (due.Timestamps[_next] >= _nextLimit && !PassLimits(due.Timestamps[_next]))
            {
                return;
            }

            OnRecord(KeyOf(in due, _next), due.Values[_next], due.Context(_next));
            if (_hasGiven)
            {
                _hasGiven = false;
                if (IsFull)
                {
                    _next++;
                    return;
                }
            }
        }
    }

    private void Forget()
    {
        _changed.Clear();
        _taken.Clear();
        _whole.Clear();
    }

    private void AddLate(scoped in Batch<TIn> batch, int index)
    {
        Counters.Late++;
        if (_late is null)
        {
            Counters.Dropped++;
        }
        else
        {
            _late.Add(in batch.Values[index], batch.Context(index));
        }
    }
}
