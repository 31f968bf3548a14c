using System.Numerics;
using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>What a record does to the partial matches of its key.</summary>
internal sealed partial class PatternOperator<TKey, TIn, TOut>
{
    /// <summary>Finds out what a record does to the partial matches of its key.</summary>
    private void FindOut(in KeyMatches key, in TIn value, RecordContext context)
    {
        long number = key.Records + 1;
        int index = key.First;
        while (index != None)
        {
            ref MatchBuffer<TIn>.Entry entry = ref _matches[index];
            ulong open = Open(index, in entry, entry.Number + 1 == number, in value, context);
            if (open != entry.Open)
            {
                _changed.Add((index, open));
            }

            index = entry.Next;
        }
    }

    /// <summary>The transitions of a partial match that a record leaves open; notes those that take it.</summary>
    private ulong Open(int index, in MatchBuffer<TIn>.Entry entry, bool isNext, in TIn value, RecordContext context)
    {
        var match = new Match<TIn>(_matches, _program, index);
        PatternState<TIn> state = _program.Steps[entry.Step];
        ulong open = entry.Open;
        for (ulong rest = open; rest != 0; rest &= rest - 1)
        {
            ulong bit = rest & (~rest + 1);
            PatternTransition<TIn> transition = state.Transitions[BitOperations.TrailingZeroCount(rest)];
            if (transition.CanBeBarred && transition.IsBarredBy(in value, in match, context, isNext))
            {
                open &= ~bit;
                continue;
            }

            if (transition.Target == PatternTransition<TIn>.End)
            {
                continue;
            }

            if (!transition.Takes(in value, in match, context))
            {
                if (transition.Relation == PatternRelation.Next)
                {
                    open &= ~bit;
                }

                continue;
            }

            int count = transition.IsLoop ? entry.Count + 1 : 1;
            ulong opened = _program.Steps[transition.Target].Enter(count, out bool isWhole);
            _taken.Add((index, transition.Target, opened, isWhole));
            if (transition.Relation != PatternRelation.FollowedByAny)
            {
                open &= ~bit;
            }

            if (transition.IsGreedy)
            {
                open &= bit | (bit - 1);
                break;
            }
        }

        if (state.IsWhole(open))
        {
            open &= ~state.End;
            _whole.Add(index);
        }

        return open;
    }

    private void Begin(in TIn value, RecordContext context)
    {
        var match = new Match<TIn>(_matches, _program, None);
        foreach (PatternTransition<TIn> transition in _program.Initial)
        {
            if (transition.Takes(in value, in match, context))
            {
                ulong opened = _program.Steps[transition.Target].Enter(count: 1, out bool isWhole);
                _taken.Add((None, transition.Target, opened, isWhole));
                if (transition.IsGreedy)
                {
                    return;
                }
            }
        }
    }

    private void CheckRoom(int kept)
    {
        if (_taken.Count == 0 || kept + _taken.Count <= _settings.MaxKept)
        {
            return;
        }

        foreach ((_, _, ulong open, _) in _taken)
        {
            kept += open == 0 ? 0 : 1;
        }

        if (kept > _settings.MaxKept)
        {
            throw new InvalidOperationException(
                $"The partial matches of a key would hold more than {_settings.MaxKept} records. Shorten Within, let AfterMatch skip more, " +
                "make conditions stricter, or raise KeepingAtMost.");
        }
    }

    /// <summary>Does what has been found out.</summary>
    private void Do(int place, in TIn value, RecordContext context)
    {
        ref KeyMatches key = ref _keys.StateAt(place);
        key.Records++;
        foreach ((int entry, ulong open) in _changed)
        {
            _matches[entry].Open = open;
        }

        if (_taken.Count > 0)
        {
            Take(ref key, place, in value, context);
        }

        if (_whole.Count > 0)
        {
            Report(ref key, place, context.TimestampTicks);
            _matches.Sweep(ref key);
            Unpin(ref key);
        }
        else if (_changed.Count > 0)
        {
            _matches.Sweep(ref key);
        }

        _changed.Clear();
        if (key.First == None && !key.IsScheduled)
        {
            _keys.RemoveAt(place);
        }
    }

    private void Take(ref KeyMatches key, int place, in TIn value, RecordContext context)
    {
        long limit = _settings.Within == PatternSettings.AnyTime ? PatternSettings.AnyTime : context.TimestampTicks + _settings.Within;
        foreach ((int parent, int step, ulong open, bool isWhole) in _taken)
        {
            int added = _matches.Add(ref key, parent, in value, context, step, limit, open);
            if (isWhole)
            {
                _whole.Add(added);
            }

            if (parent == None && open != 0 && !key.IsScheduled && limit != PatternSettings.AnyTime)
            {
                key.IsScheduled = true;
                Schedule(place, limit);
            }
        }

        _taken.Clear();
    }
}
