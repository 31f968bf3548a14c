using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>What happens when the time of partial matches is over.</summary>
internal sealed partial class PatternOperator<TKey, TIn, TOut>
{
    private void Schedule(int place, long limit)
    {
        _limits.Enqueue(place, limit);
        _nextLimit = Math.Min(_nextLimit, limit);
    }

    /// <summary>Ends the partial matches whose time is over before a moment.</summary>
    /// <returns>Whether all have been; if not, there is no space for results.</returns>
    private bool PassLimits(long moment)
    {
        while (_nextLimit <= moment && _limits.Count > 0)
        {
            if (IsFull)
            {
                return false;
            }

            int place = _limits.Dequeue();
            long limit = _nextLimit;
            End(place, limit);
            _nextLimit = _limits.TryPeek(out _, out long next) ? next : long.MaxValue;
        }

        return true;
    }

    private void End(int place, long limit)
    {
        _keys.MarkChanged(place);
        ref KeyMatches key = ref _keys.StateAt(place);
        Collect(key.First, limit, whole: true);
        Report(ref key, place, limit);
        if (_timedOut is not null)
        {
            GiveTimedOut(in key, place, limit);
        }

        long next = Close(key.First, limit);
        _matches.Sweep(ref key);
        Unpin(ref key);
        if (key.First != None)
        {
            Schedule(place, next);
        }
        else
        {
            _keys.RemoveAt(place);
        }
    }

    /// <summary>Collects the partial matches whose time is over: those that are whole by that, or the others.</summary>
    private void Collect(int first, long limit, bool whole)
    {
        for (int index = first; index != None; index = _matches[index].Next)
        {
            ref MatchBuffer<TIn>.Entry entry = ref _matches[index];
            bool isWhole = (entry.Open & _program.Steps[entry.Step].End) != 0;
            if (entry.Deadline <= limit && entry.Open != 0 && !entry.IsReported && isWhole == whole)
            {
                _whole.Add(index);
            }
        }
    }

    private void GiveTimedOut(in KeyMatches key, int place, long limit)
    {
        int whole = _whole.Count;
        Collect(key.First, limit, whole: false);
        _order.Sort(_whole, whole);
        for (int i = whole; i < _whole.Count; i++)
        {
            _hasGiven = true;
            try
            {
                _timedOut!(_keys.KeyAt(place), new Match<TIn>(_matches, _program, _whole[i]), new RecordContext(limit, Origin));
            }
            catch (Exception exception) when (exception is not StepException)
            {
                Fail(exception, _whole[i], limit);
            }
        }

        _whole.RemoveRange(whole, _whole.Count - whole);
    }

    /// <summary>Closes the partial matches whose time is over.</summary>
    /// <returns>The limit of the next one.</returns>
    private long Close(int first, long limit)
    {
        long next = long.MaxValue;
        for (int index = first; index != None; index = _matches[index].Next)
        {
            ref MatchBuffer<TIn>.Entry entry = ref _matches[index];
            if (entry.Deadline <= limit)
            {
                entry.Open = 0;
            }
            else
            {
                next = Math.Min(next, entry.Deadline);
            }
        }

        return next;
    }
}
