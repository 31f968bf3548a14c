using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>Giving matches that are whole.</summary>
internal sealed partial class PatternOperator<TKey, TIn, TOut>
{
    /// <summary>Gives the matches that are whole, in order, and applies the skip strategy after each.</summary>
    private void Report(ref KeyMatches key, int place, long timestamp)
    {
        foreach (int index in _whole)
        {
            ref MatchBuffer<TIn>.Entry entry = ref _matches[index];
            entry.IsReported = true;

            // Keeps it while the strategy gives up others.
            entry.Children++;
        }

        _order.Sort(_whole, 0);
        long skipped = 0;
        foreach (int index in _whole)
        {
            long start = _matches[index].Start;
            if (start < skipped)
            {
                continue;
            }

            Give(_keys.KeyAt(place), index, timestamp);
            long to = SkipTo(index);
            if (to > start)
            {
                skipped = Math.Max(skipped, to);
                _matches.Sweep(ref key, start, to);
            }
        }
    }

    private void Unpin(ref KeyMatches key)
    {
        foreach (int index in _whole)
        {
            _matches[index].Children--;
            _matches.Release(ref key, index);
        }

        _whole.Clear();
    }

    /// <summary>The number of the first record with which a match may begin after this one has been given, if it began no earlier than this one.</summary>
    private long SkipTo(int index) => _settings.Skip switch
    {
        SkipStrategy.ToNext => _matches[index].Start + 1,
        SkipStrategy.PastLast => _matches[index].Number + 1,
        SkipStrategy.ToFirst => NumberOf(_matches.FirstOf(index, _settings.SkipTo)),
        SkipStrategy.ToLast => NumberOf(_matches.LastOf(index, _settings.SkipTo)),
        _ => 0,
    };

    private long NumberOf(int index) => index == None ? 0 : _matches[index].Number;

    private void Give(TKey key, int index, long timestamp)
    {
        _hasGiven = true;
        try
        {
            Emit(timestamp, _result(key, new Match<TIn>(_matches, _program, index)), Origin);
        }
        catch (Exception exception) when (exception is not StepException)
        {
            Fail(exception, index, timestamp);
        }
    }

    private void Fail(Exception exception, int index, long timestamp) =>
        Errors.Handle(exception, _matches[index].Value, new RecordContext(timestamp, _matches[index].Context.Origin));
}
