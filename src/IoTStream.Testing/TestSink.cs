using IoTStream.Connectors;

namespace IoTStream.Testing;

/// <summary>
/// A sink that keeps what it is given, for a test to look at. It finishes each call at once, unless the test holds it back, makes it fail,
/// or runs a hostile schedule.
/// </summary>
/// <remarks>
/// Thread-safe, so it also serves a job that runs on threads. Opened several times, it keeps the records of all its writers in the order in
/// which they were written.
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class TestSink<T> : ISink<T>
{
    private readonly Lock _lock = new();
    private readonly List<TestRecord<T>> _records = [];
    private readonly Dictionary<SinkCall, Exception> _failures = [];
    private readonly int[] _calls = new int[Enum.GetValues<SinkCall>().Length];
    private readonly WaitingCalls _waiting = new();
    private int _taken;
    private bool _held;

    /// <summary>Whether each lane has a writer of its own; false by default, then the records of all lanes come to one writer.</summary>
    public bool AllowsParallelWriters { get; init; }

    /// <summary>The values of all records that were written, in the order of writing. A copy.</summary>
    public IReadOnlyList<T> Values
    {
        get
        {
            lock (_lock)
            {
                return [.. _records.Select(static record => record.Value)];
            }
        }
    }

    /// <summary>All records that were written, in the order of writing. A copy.</summary>
    public IReadOnlyList<TestRecord<T>> Records
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    /// <summary>How many calls wait because the sink is held back.</summary>
    public int WaitingCalls => _waiting.Count;

    /// <summary>Whether a writer was told that the last record has been written.</summary>
    public bool IsCompleted => CountOf(SinkCall.Complete) > 0;

    /// <summary>The values written since the last call of this method, or since the start.</summary>
    public IReadOnlyList<T> TakeNew()
    {
        lock (_lock)
        {
            int start = _taken;
            _taken = _records.Count;
            return [.. _records.Skip(start).Select(static record => record.Value)];
        }
    }

    /// <summary>
    /// Holds the sink back: from now on writes, flushes and completions wait. The job can queue a bounded number of records before it, then
    /// backpressure reaches the sources.
    /// </summary>
    public void Hold()
    {
        lock (_lock)
        {
            _held = true;
        }
    }

    /// <summary>Ends <see cref="Hold"/>: calls that wait are carried out.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _held = false;
        }

        while (_waiting.LetOneThrough())
        {
        }
    }

    /// <summary>Lets the call through that has waited longest, and goes on holding the others back.</summary>
    /// <returns>Whether one waited.</returns>
    public bool ReleaseOne() => _waiting.LetOneThrough();

    /// <summary>Makes the next call of a kind fail.</summary>
    /// <param name="call">The kind of call.</param>
    /// <param name="exception">What it throws.</param>
    public void FailNext(SinkCall call, Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        lock (_lock)
        {
            _failures[call] = exception;
        }
    }

    /// <summary>How many calls of a kind have been carried out.</summary>
    /// <param name="call">The kind of call.</param>
    public int CountOf(SinkCall call)
    {
        lock (_lock)
        {
            return _calls[(int)call];
        }
    }

    /// <inheritdoc/>
    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        CarryOut(SinkCall.Open);
        return new(new Writer(this, context));
    }

    private Task PassAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _held ? _waiting.WaitAsync(cancellationToken) : Task.CompletedTask;
        }
    }

    private void CarryOut(SinkCall call, SinkBatch<T>? batch = null, int writer = 0, DateTimeOffset now = default)
    {
        lock (_lock)
        {
            if (_failures.Remove(call, out Exception? failure))
            {
                throw failure;
            }

            _calls[(int)call]++;
            for (int i = 0; i < batch?.Count; i++)
            {
                _records.Add(new TestRecord<T>(batch.Values.Span[i], batch.Context(i), writer, now));
            }
        }
    }

    private sealed class Writer(TestSink<T> sink, SinkContext context) : ISinkWriter<T>
    {
        private readonly Scheduler? _scheduler = JobClock.SchedulerOf(context.TimeProvider);
        private int _busy;

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken) => RunAsync(SinkCall.Write, batch, cancellationToken);

        public ValueTask FlushAsync(CancellationToken cancellationToken) => RunAsync(SinkCall.Flush, null, cancellationToken);

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => RunAsync(SinkCall.Complete, null, cancellationToken);

        public ValueTask DisposeAsync()
        {
            sink.CarryOut(SinkCall.Close);
            return default;
        }

        private async ValueTask RunAsync(SinkCall call, SinkBatch<T>? batch, CancellationToken cancellationToken)
        {
            if (Interlocked.Exchange(ref _busy, 1) == 1)
            {
                throw new InvalidOperationException($"The sink '{context.Step}' was given a call ({call}) before the one before it had finished.");
            }

            try
            {
                await sink.PassAsync(cancellationToken).ConfigureAwait(false);
                if (_scheduler is not null)
                {
                    await _scheduler.DelayAsync(cancellationToken).ConfigureAwait(false);
                }

                sink.CarryOut(call, batch, context.Writer, context.TimeProvider.GetUtcNow());
            }
            finally
            {
                Volatile.Write(ref _busy, 0);
            }
        }
    }
}
