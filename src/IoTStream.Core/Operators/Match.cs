using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// What a pattern has matched: for a condition the records before the one that is tested, for a result all of them, for a timed-out match
/// those that there were.
/// </summary>
/// <remarks>Valid during the call that is given it: take out of it what is to be kept.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public readonly ref struct Match<T>
{
    private readonly MatchBuffer<T> _buffer;
    private readonly PatternProgram<T> _program;
    private readonly int _last;

    internal Match(MatchBuffer<T> buffer, PatternProgram<T> program, int last)
    {
        _buffer = buffer;
        _program = program;
        _last = last;
    }

    /// <summary>The timestamp of the first record.</summary>
    /// <exception cref="InvalidOperationException">There is no record yet, as in the condition of a first step.</exception>
    public DateTimeOffset Start
    {
        get
        {
            int index = NotEmpty();
            while (_buffer[index].Parent != MatchBuffer<T>.None)
            {
                index = _buffer[index].Parent;
            }

            return _buffer[index].Context.Timestamp;
        }
    }

    /// <summary>The timestamp of the last record.</summary>
    /// <exception cref="InvalidOperationException">There is no record yet, as in the condition of a first step.</exception>
    public DateTimeOffset End => _buffer[NotEmpty()].Context.Timestamp;

    /// <summary>Whether a step has taken a record.</summary>
    /// <param name="step">A step of the pattern.</param>
    /// <exception cref="ArgumentException">The pattern has no such step.</exception>
    public bool Has(PatternStep<T> step) => _buffer.LastOf(_last, IndexOf(step)) != MatchBuffer<T>.None;

    /// <summary>How many records a step has taken.</summary>
    /// <param name="step">A step of the pattern.</param>
    /// <exception cref="ArgumentException">The pattern has no such step.</exception>
    public int Count(PatternStep<T> step)
    {
        int last = _buffer.LastOf(_last, IndexOf(step));
        return last == MatchBuffer<T>.None ? 0 : _buffer[last].Count;
    }

    /// <summary>The first record that a step has taken.</summary>
    /// <param name="step">A step of the pattern.</param>
    /// <exception cref="ArgumentException">The pattern has no such step.</exception>
    /// <exception cref="InvalidOperationException">The step has taken none; ask <see cref="Has"/>.</exception>
    public T First(PatternStep<T> step) => _buffer[Taken(_buffer.FirstOf(_last, IndexOf(step)), step)].Value;

    /// <summary>The last record that a step has taken.</summary>
    /// <param name="step">A step of the pattern.</param>
    /// <exception cref="ArgumentException">The pattern has no such step.</exception>
    /// <exception cref="InvalidOperationException">The step has taken none; ask <see cref="Has"/>.</exception>
    public T Last(PatternStep<T> step) => _buffer[Taken(_buffer.LastOf(_last, IndexOf(step)), step)].Value;

    /// <summary>What is known of the first record that a step has taken: its timestamp and where it came from.</summary>
    /// <param name="step">A step of the pattern.</param>
    /// <exception cref="ArgumentException">The pattern has no such step.</exception>
    /// <exception cref="InvalidOperationException">The step has taken none; ask <see cref="Has"/>.</exception>
    public RecordContext FirstContext(PatternStep<T> step) => _buffer[Taken(_buffer.FirstOf(_last, IndexOf(step)), step)].Context;

    /// <summary>What is known of the last record that a step has taken: its timestamp and where it came from.</summary>
    /// <param name="step">A step of the pattern.</param>
    /// <exception cref="ArgumentException">The pattern has no such step.</exception>
    /// <exception cref="InvalidOperationException">The step has taken none; ask <see cref="Has"/>.</exception>
    public RecordContext LastContext(PatternStep<T> step) => _buffer[Taken(_buffer.LastOf(_last, IndexOf(step)), step)].Context;

    /// <summary>The records that a step has taken, in order; a list of its own.</summary>
    /// <param name="step">A step of the pattern.</param>
    /// <exception cref="ArgumentException">The pattern has no such step.</exception>
    public IReadOnlyList<T> All(PatternStep<T> step)
    {
        int index = _buffer.LastOf(_last, IndexOf(step));
        return Collect(index, index == MatchBuffer<T>.None ? 0 : _buffer[index].Count);
    }

    /// <summary>All records, in order; a list of its own.</summary>
    public IReadOnlyList<T> All()
    {
        int count = 0;
        for (int index = _last; index != MatchBuffer<T>.None; index = _buffer[index].Parent)
        {
            count++;
        }

        return Collect(_last, count);
    }

    private T[] Collect(int last, int count)
    {
        var records = new T[count];
        for (int i = count - 1; i >= 0; i--)
        {
            records[i] = _buffer[last].Value;
            last = _buffer[last].Parent;
        }

        return records;
    }

    private int IndexOf(PatternStep<T> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        int index = _program.IndexOf(step.Identity);
        return index >= 0 ? index : throw new ArgumentException($"'{step.Name}' is no step of this pattern that takes records.", nameof(step));
    }

    private int NotEmpty() =>
        _last != MatchBuffer<T>.None ? _last : throw new InvalidOperationException("Nothing has been matched yet: this is the first record.");

    private static int Taken(int index, PatternStep<T> step) => index != MatchBuffer<T>.None
        ? index
        : throw new InvalidOperationException($"Step '{step.Name}' has taken no record in this match; ask Has before.");
}
