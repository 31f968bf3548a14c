using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>
/// A table of a job, read from outside. While the job runs its lanes answer; afterwards what the table was when they ended is read. Of a job that was
/// cancelled that is what each lane had when it stopped.
/// </summary>
/// <remarks>
/// Thread-safe. Ask from wherever you like, but do not block a function of the job until the answer is there: the lane that it keeps may be the one that has to
/// answer.
/// </remarks>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class TableView<TKey, T>
    where TKey : notnull
{
    private readonly JobProgram _program;
    private readonly Func<TKey, uint> _hash;
    private readonly int[] _owners;
    private readonly TableOperator<TKey, T>[] _lanes;

    internal TableView(JobProgram program, string name, Func<TKey, uint> hash, int[] owners)
    {
        _program = program;
        Name = name;
        _hash = hash;
        _owners = owners;
        _lanes = new TableOperator<TKey, T>[program.Options.Lanes];
    }

    /// <summary>The name of the table.</summary>
    public string Name { get; }

    /// <summary>One copy at a time is in the making, however many ask.</summary>
    private SemaphoreSlim Turn { get; } = new(1);

    /// <summary>What the table has for a key. Only the lane that owns the key is asked, and answers between two batches.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    /// <returns>The entry; null if the table has none for the key.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <exception cref="JobFailedException">The job has failed: what it had computed is not to be relied on.</exception>
    /// <exception cref="ObjectDisposedException">The job has been disposed.</exception>
    /// <exception cref="OperationCanceledException">The question was cancelled.</exception>
    public ValueTask<TableEntry<TKey, T>?> GetAsync(TKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        int lane = _owners[KeyGroups.Of(_hash(key))];
        return new(AskAsync(lane, () => _lanes[lane].Find(key), cancellationToken));
    }

    /// <summary>
    /// A copy of the table's entries, or of those for which a predicate holds, as of one epoch: with all that came of the records which sources
    /// had handed out up to some moment after the call, and nothing that came of others.
    /// </summary>
    /// <remarks>
    /// <para>
    /// For that a barrier goes through the job with the records. So an answer takes as long as a record takes from its source to the table; longer if
    /// another epoch is under way, which has to be complete first, its results written. Scans of a table follow one another.
    /// </para>
    /// <para>
    /// Each lane copies its part in one go and does nothing else meanwhile: that takes time in proportion to the entries that it has, and memory in
    /// proportion to those that it gives.
    /// </para>
    /// </remarks>
    /// <param name="predicate">Which entries; by default all. Called on the lanes, so it must be thread-safe and quick. What it throws is thrown to the caller.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    /// <returns>The entries, in no particular order. The caller's own, which does not change any more.</returns>
    /// <exception cref="JobFailedException">The job has failed: what it had computed is not to be relied on.</exception>
    /// <exception cref="ObjectDisposedException">The job has been disposed.</exception>
    /// <exception cref="OperationCanceledException">The question was cancelled.</exception>
    public async ValueTask<IReadOnlyCollection<TableEntry<TKey, T>>> ScanAsync(
        Func<TableEntry<TKey, T>, bool>? predicate = null, CancellationToken cancellationToken = default)
    {
        await Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _program.Outcome.ThrowIfUnreadable();
            return new TableScan<TKey, T>(await CaptureAsync(predicate, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>Has a copy made of all lanes as of an epoch that begins after this. Only one at a time.</summary>
    internal Task<List<TableEntry<TKey, T>>[]> Capture(Func<TableEntry<TKey, T>, bool>? predicate)
    {
        var capture = new TableCapture<TKey, T>(_lanes.Length, predicate);
        foreach (TableOperator<TKey, T> lane in _lanes)
        {
            lane.Begin(capture);
        }

        _program.BeginEpoch();
        return capture.Completion;
    }

    internal void Add(int lane, TableOperator<TKey, T> table) => _lanes[lane] = table;

    private async Task<List<TableEntry<TKey, T>>[]> CaptureAsync(
        Func<TableEntry<TKey, T>, bool>? predicate, CancellationToken cancellationToken)
    {
        JobOutcome outcome = _program.Outcome;
        if (_program.Lanes[0].Queries.IsDriven && !outcome.Known.IsCompleted)
        {
            Task<List<TableEntry<TKey, T>>[]> capture = Capture(predicate);
            try
            {
                await Task.WhenAny(capture, outcome.Known).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Array.ForEach(_lanes, static lane => lane.EndCapture());
            }

            if (capture.IsCompleted)
            {
                return await capture.ConfigureAwait(false);
            }

            outcome.ThrowIfUnreadable();
        }

        return Array.ConvertAll(_lanes, lane => lane.Copy(predicate));
    }

    private async Task<TResult> AskAsync<TResult>(int lane, Func<TResult> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _program.Outcome.ThrowIfUnreadable();
        var query = new LaneQuery<TResult>(read);
        if (await _program.Lanes[lane].Queries.AskAsync(query, cancellationToken).ConfigureAwait(false))
        {
            return query.Result;
        }

        // The lane was stopped: by a cancellation, or by a failure, after which there is nothing to be had.
        await _program.Outcome.Known.WaitAsync(cancellationToken).ConfigureAwait(false);
        _program.Outcome.ThrowIfUnreadable();
        return read();
    }
}
