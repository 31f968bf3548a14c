using IoTStream.Operators;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>
/// Finds the matches of a pattern in all records of a key, sorted, by trying every sequence of records and checking what the definition says of the records between
/// them. It knows nothing of states or of partial matches that go on.
/// </summary>
internal sealed class PatternOracle
{
    private const int End = -1;

    private readonly PatternCase _case;
    private readonly PatternTerm[] _steps;
    private readonly int[] _places;
    private readonly Reading[] _records;
    private readonly List<Found> _found = [];

    private PatternOracle(PatternCase input, Reading[] records)
    {
        _case = input;
        _places = [.. Enumerable.Range(0, input.Terms.Length).Where(place => !input.Terms[place].IsNegative)];
        _steps = [.. _places.Select(place => input.Terms[place])];
        _records = records;
    }

    /// <summary>The outcomes for the records of one key that were not late, in order: matches and timed-out matches, each as text.</summary>
    public static List<(bool TimedOut, string Text)> Compute(PatternCase input, IEnumerable<Reading> records)
    {
        var oracle = new PatternOracle(input, [.. records.OrderBy(reading => reading.Time).ThenBy(reading => reading.Id)]);
        oracle.Enumerate();
        return oracle.Select();
    }

    private void Enumerate()
    {
        for (int first = 0; first < _records.Length; first++)
        {
            for (int step = 0; step < _steps.Length && (step == 0 || _steps[step - 1].Optional); step++)
            {
                if (Begins(step, first) && !Enumerable.Range(0, step).Any(before => _steps[before].Greedy && Begins(before, first)))
                {
                    Extend([(step, first)]);
                }
            }
        }
    }

    private bool Begins(int step, int record) => _steps[step].Holds(_records[record], []) && !_steps[step].Ends(_records[record]);

    private void Extend((int Step, int Record)[] taken)
    {
        Option[] options = [.. Options(taken)];
        Decide(taken, options);
        foreach (Option option in options.Where(option => option.Step != End))
        {
            for (int record = taken[^1].Record + 1; record < _records.Length; record++)
            {
                if (IsAllowed(taken, options, option, record))
                {
                    Extend([.. taken, (option.Step, record)]);
                }
            }
        }
    }

    /// <summary>The ways to go on from a sequence, those that a greedy step prefers before the others.</summary>
    private IEnumerable<Option> Options((int Step, int Record)[] taken)
    {
        int last = taken[^1].Step;
        PatternTerm step = _steps[last];
        int count = taken.Count(item => item.Step == last);
        if (count < step.Most)
        {
            yield return new Option(last, IsLoop: true, step.Greedy, []);
        }

        if (count < step.Least)
        {
            yield break;
        }

        for (int next = last + 1; next < _steps.Length; next++)
        {
            yield return new Option(next, IsLoop: false, _steps[next].Greedy && _steps[next].Optional, Between(_places[last], _places[next]));
            if (!_steps[next].Optional)
            {
                yield break;
            }
        }

        yield return new Option(End, IsLoop: false, Greedy: false, Between(_places[last], _case.Terms.Length));
    }

    private PatternTerm[] Between(int from, int to) => [.. _case.Terms[(from + 1)..to].Where(term => term.IsNegative)];

    private bool IsAllowed((int Step, int Record)[] taken, Option[] options, Option option, int record)
    {
        int last = taken[^1].Record;
        PatternTerm step = _steps[option.Step];
        PatternRelation relation = option.IsLoop ? step.Inner ?? PatternRelation.FollowedBy : step.Relation;
        return _records[record].Time < Limit(taken)
            && !IsBarred(taken, option, record)
            && Fits(taken, option.Step, record)
            && (relation != PatternRelation.Next || record == last + 1)
            && (relation != PatternRelation.FollowedBy || !Range(last + 1, record - 1).Any(between => Fits(taken, option.Step, between)))
            && !Preferred(options, option).Any(other => Range(last + 1, record).Any(between => IsAllowed(taken, options, other, between)));
    }

    private static IEnumerable<Option> Preferred(Option[] options, Option option) => options.TakeWhile(other => other != option).Where(other => other.Greedy);

    /// <summary>Whether a record up to this one forbids the option.</summary>
    private bool IsBarred((int Step, int Record)[] taken, Option option, int record)
    {
        int last = taken[^1].Record;
        return Range(last + 1, record).Any(between =>
            (option.IsLoop && _steps[option.Step].Ends(_records[between]))
            || option.Negatives.Any(term =>
                (term.Relation == PatternRelation.NotFollowedBy || between == last + 1) && term.Holds(_records[between], Readings(taken))));
    }

    private bool Fits((int Step, int Record)[] taken, int step, int record) =>
        _steps[step].Holds(_records[record], Readings(taken)) && !_steps[step].Ends(_records[record]);

    /// <summary>Whether nothing can come of an option any more once a record has been seen.</summary>
    private bool IsClosed((int Step, int Record)[] taken, Option[] options, Option option, int record)
    {
        int last = taken[^1].Record;
        PatternRelation relation = option.IsLoop ? _steps[option.Step].Inner ?? PatternRelation.FollowedBy : _steps[option.Step].Relation;
        return IsBarred(taken, option, record)
            || (relation == PatternRelation.Next && record > last)
            || Preferred(options, option).Append(option)
                .Where(other => other != option || relation == PatternRelation.FollowedBy)
                .Any(other => Range(last + 1, record).Any(between => IsAllowed(taken, options, other, between)));
    }

    /// <summary>Whether a sequence is a match, and when that is certain; or else whether its time runs out.</summary>
    private void Decide((int Step, int Record)[] taken, Option[] options)
    {
        int last = taken[^1].Record;
        int seen = last;
        if (options[^1] is { Step: End } end)
        {
            Option[] greedy = [.. Preferred(options, end)];
            if (greedy.Length == 0 && end.Negatives.Length == 0)
            {
                _found.Add(new Found(taken, _records[last].Time, last, TimedOut: false));
                return;
            }

            bool isPossible = true;
            foreach (int record in Range(last + 1, _records.Length - 1).TakeWhile(record => _records[record].Time < Limit(taken)))
            {
                if (IsBarred(taken, end, record) || greedy.Any(option => IsAllowed(taken, options, option, record)))
                {
                    isPossible = false;
                    break;
                }

                if (end.Negatives.All(term => term.Relation == PatternRelation.NotNext)
                    && Array.TrueForAll(greedy, option => IsClosed(taken, options, option, record)))
                {
                    _found.Add(new Found(taken, _records[record].Time, record, TimedOut: false));
                    return;
                }
            }

            if (isPossible && _case.Within is not null)
            {
                _found.Add(new Found(taken, Limit(taken), -1, TimedOut: false));
                return;
            }
        }

        while (seen + 1 < _records.Length && _records[seen + 1].Time < Limit(taken))
        {
            seen++;
        }

        if (_case.Within is not null && options.Any(option => option.Step != End && !IsClosed(taken, options, option, seen)))
        {
            _found.Add(new Found(taken, Limit(taken), -1, TimedOut: true));
        }
    }

    /// <summary>Puts everything in order and leaves out what is skipped.</summary>
    private List<(bool TimedOut, string Text)> Select()
    {
        // What ends with time ends before the records that come then.
        Found[] ordered = [.. _found
            .OrderBy(found => found.Time)
            .ThenBy(found => found.Record)
            .ThenBy(found => found.TimedOut)
            .ThenBy(found => found, Comparer<Found>.Create(Compare))];
        List<(int From, int To)> skipped = [];
        List<(bool, string)> selected = [];
        foreach (Found found in ordered)
        {
            int start = found.Taken[0].Record;
            if (skipped.Exists(range => range.From <= start && start < range.To))
            {
                continue;
            }

            selected.Add((found.TimedOut, Text(found)));
            if (!found.TimedOut)
            {
                skipped.Add((start, SkipTo(found.Taken)));
            }
        }

        return selected;
    }

    private int SkipTo((int Step, int Record)[] taken) => _case.Skip switch
    {
        SkipStrategy.ToNext => taken[0].Record + 1,
        SkipStrategy.PastLast => taken[^1].Record + 1,
        SkipStrategy.ToFirst => taken.Where(item => item.Step == _case.SkipTo).Select(item => item.Record).DefaultIfEmpty(-1).First(),
        SkipStrategy.ToLast => taken.Where(item => item.Step == _case.SkipTo).Select(item => item.Record).DefaultIfEmpty(-1).Last(),
        _ => -1,
    };

    private static int Compare(Found left, Found right)
    {
        foreach (((int Step, int Record) a, (int Step, int Record) b) in left.Taken.Zip(right.Taken))
        {
            int order = (a.Record, a.Step).CompareTo((b.Record, b.Step));
            if (order != 0)
            {
                return order;
            }
        }

        return right.Taken.Length.CompareTo(left.Taken.Length);
    }

    private string Text(Found found) =>
        PatternCase.Text(found.Time, _steps.Select((_, step) => found.Taken.Where(item => item.Step == step).Select(item => _records[item.Record].Id)));

    private long Limit((int Step, int Record)[] taken) => _case.Within is { } within ? _records[taken[0].Record].Time + within : long.MaxValue;

    private (int, Reading)[] Readings((int Step, int Record)[] taken) => [.. taken.Select(item => (item.Step, _records[item.Record]))];

    private static IEnumerable<int> Range(int first, int last) => Enumerable.Range(first, Math.Max(0, last - first + 1));

    private sealed record Option(int Step, bool IsLoop, bool Greedy, PatternTerm[] Negatives);

    private sealed record Found((int Step, int Record)[] Taken, long Time, int Record, bool TimedOut);
}
