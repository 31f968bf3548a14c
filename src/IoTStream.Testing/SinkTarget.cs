namespace IoTStream.Testing;

/// <summary>What the target of a sink holds, and what it should hold.</summary>
internal sealed class SinkTarget<T>(Func<int, T> record, Func<CancellationToken, Task<IReadOnlyList<T>>> read)
    where T : notnull
{
    private readonly List<int> _expected = [];
    private int _next;

    /// <summary>A number for a record that there was not yet.</summary>
    public int NewNumber() => _next++;

    public T Record(int number) => record(number);

    /// <summary>From now on these should be there.</summary>
    public void Expect(IEnumerable<int> numbers) => _expected.AddRange(numbers);

    /// <summary>Whether records are visible: all of them, or none.</summary>
    public async Task<bool> HasAsync(IReadOnlyList<int> numbers, CancellationToken cancellationToken)
    {
        HashSet<T> visible = [.. await read(cancellationToken).ConfigureAwait(false)];
        int count = numbers.Count(number => visible.Contains(record(number)));
        return count == 0 || count == numbers.Count
            ? count > 0
            : throw new ConformanceException($"Of the {numbers.Count} records of an epoch {count} are visible: an epoch must become visible as a whole.");
    }

    /// <summary>Sees to it that what should be there is there, once, and nothing else.</summary>
    public async Task CheckAsync(string when, CancellationToken cancellationToken)
    {
        Dictionary<T, int> counts = [];
        foreach (T item in await read(cancellationToken).ConfigureAwait(false))
        {
            counts[item] = counts.GetValueOrDefault(item) + 1;
        }

        foreach (T item in _expected.Select(record))
        {
            int count = counts.GetValueOrDefault(item);
            if (count != 1)
            {
                throw new ConformanceException($"The record {item} is visible {count} times {when}; it must be visible once.");
            }

            counts.Remove(item);
        }

        if (counts.Count > 0)
        {
            throw new ConformanceException($"The record {counts.Keys.First()} is visible {when}; it must not be visible yet, if ever.");
        }
    }
}
