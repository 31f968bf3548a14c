using IoTStream.Connectors;

namespace IoTStream.Testing;

/// <summary>
/// A source that a test feeds. It keeps all it was given: each job that opens it reads it from the beginning, so that the same input can be
/// run any number of times.
/// </summary>
/// <remarks>Thread-safe, so it also serves a job that runs on threads.</remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class TestSource<T> : ISource<T>
{
    private readonly TestPartition<T>[] _partitions;
    private readonly int _readers;
    private SourceContext[] _contexts = [];
    private Exception? _openFailure;

    /// <summary>Creates a source without records.</summary>
    /// <param name="partitions">How many partitions it has.</param>
    /// <param name="readers">
    /// How many readers share them out, at most one a partition; by default that. Different lanes may have the readers, whereas one reader's
    /// partitions are read in turn by one lane, and end together.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no partition, no reader, or more readers than partitions.</exception>
    public TestSource(int partitions = 1, int? readers = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(readers ?? 1, 1, nameof(readers));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(readers ?? 1, partitions, nameof(readers));
        _partitions = [.. Enumerable.Range(0, partitions).Select(index => new TestPartition<T>(index, Notify))];
        _readers = readers ?? partitions;
    }

    /// <summary>The partitions of the source.</summary>
    public IReadOnlyList<TestPartition<T>> Partitions => _partitions;

    /// <summary>A partition of the source.</summary>
    /// <param name="partition">Its number, from 0.</param>
    public TestPartition<T> this[int partition] => _partitions[partition];

    /// <summary>Adds a record to partition 0.</summary>
    /// <param name="value">The record.</param>
    /// <exception cref="InvalidOperationException">The partition has ended.</exception>
    public void Add(T value) => _partitions[0].Add(value);

    /// <summary>Adds records to partition 0.</summary>
    /// <param name="values">The records.</param>
    /// <exception cref="InvalidOperationException">The partition has ended.</exception>
    public void AddRange(params IEnumerable<T> values) => _partitions[0].AddRange(values);

    /// <summary>Adds a record to partition 0, with the timestamp that a transport would give it.</summary>
    /// <param name="timestamp">The timestamp.</param>
    /// <param name="value">The record.</param>
    /// <param name="headers">Its headers, if any.</param>
    /// <exception cref="InvalidOperationException">The partition has ended.</exception>
    public void AddAt(DateTimeOffset timestamp, T value, RecordHeaders? headers = null) => _partitions[0].AddAt(timestamp, value, headers);

    /// <summary>Ends all partitions.</summary>
    public void End() => Array.ForEach(_partitions, static partition => partition.End());

    /// <summary>Makes the next opening of the source fail.</summary>
    /// <param name="exception">What is thrown.</param>
    public void FailToOpen(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        Interlocked.Exchange(ref _openFailure, exception);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (Interlocked.Exchange(ref _openFailure, null) is { } failure)
        {
            throw failure;
        }

        Change(contexts => [.. contexts, context]);
        Array.ForEach(_partitions, static partition => partition.Acknowledge(0));
        IReadOnlyList<ISourceReader<T>> readers = [.. Enumerable.Range(0, _readers).Select(reader => new TestReader<T>(
            [.. _partitions.Where(partition => partition.Index % _readers == reader)],
            context,
            () => Change(contexts => [.. contexts.Where(found => found != context)])))];
        return new(readers);
    }

    private void Notify()
    {
        foreach (SourceContext context in Volatile.Read(ref _contexts))
        {
            context.NotifyAvailable();
        }
    }

    private void Change(Func<SourceContext[], SourceContext[]> change)
    {
        SourceContext[] contexts;
        do
        {
            contexts = Volatile.Read(ref _contexts);
        }
        while (Interlocked.CompareExchange(ref _contexts, change(contexts), contexts) != contexts);
    }
}
