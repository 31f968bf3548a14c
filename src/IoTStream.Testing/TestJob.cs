using System.Runtime.ExceptionServices;
using System.Text;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Testing;

/// <summary>
/// Runs a topology without threads: the test steps the lanes, moves the clock, and sees the same run each time. What the topology does is
/// what it does in a <see cref="Job"/>; the same lanes are only driven differently.
/// </summary>
/// <remarks>
/// Not thread-safe: to be used from one thread at a time, which runs the steps, their timers, and the sinks' calls. Dispose it; what is in
/// flight is dropped then, and sources and sinks are closed.
/// </remarks>
public sealed class TestJob : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(20);

    private readonly Topology _topology;
    private readonly JobProgram _program;
    private readonly JobMetrics _metrics;
    private readonly Scheduler _scheduler;
    private readonly Passages? _passages;
    private TestJobException? _failure;
    private bool _stepping;
    private bool _closed;

    private TestJob(Topology topology, TestJobOptions options)
    {
        _topology = topology;
        Options = options;
        Clock = options.Clock ?? new VirtualClock();
        _scheduler = new Scheduler(options);
        JobOptions jobOptions = TestJobOptions.ToJobOptions(options, new JobClock(Clock, _scheduler));
        _passages = options.Schedule == Schedule.Hostile ? new Passages(_scheduler, jobOptions) : null;
        _program = new JobProgram(topology.Name, jobOptions) { Interposer = _passages };
        _metrics = new JobMetrics(topology.Name, _program.Counters, _program.Exchanges, _program.Options, firstLane: 0);
    }

    /// <summary>The options that the job was started with.</summary>
    public TestJobOptions Options { get; }

    /// <summary>The job's processing time.</summary>
    public VirtualClock Clock { get; }

    /// <summary>How many steps of lanes have been taken.</summary>
    public long Steps { get; private set; }

    /// <summary>Whether all sources have ended or the job was stopped, and everything has been processed and written.</summary>
    public bool HasEnded => Array.TrueForAll(_program.Lanes, static lane => lane.IsDone);

    /// <summary>Opens sinks and sources. Nothing is read yet.</summary>
    /// <param name="topology">The topology.</param>
    /// <param name="options">How it runs; by default as <see cref="TestJobOptions"/> says.</param>
    /// <returns>The job. Dispose it.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="JobFailedException">A source or sink could not be opened.</exception>
    /// <exception cref="TestJobException">A source or sink does not open at once: use <see cref="StartAsync"/>.</exception>
    public static TestJob Start(Topology topology, TestJobOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(topology);
        var job = new TestJob(topology, options ?? new TestJobOptions());
        Task opening = job.OpenAsync(CancellationToken.None);
        if (!opening.IsCompleted)
        {
            job.Dispose();
            throw new TestJobException($"A source or sink of '{topology.Name}' does not open at once: use TestJob.StartAsync.", job.Options);
        }

        if (opening.Exception?.InnerException is { } exception)
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        return job;
    }

    /// <summary>As <see cref="Start"/>, for sources and sinks that take their time to open.</summary>
    /// <param name="topology">The topology.</param>
    /// <param name="options">How it runs; by default as <see cref="TestJobOptions"/> says.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The job. Dispose it.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="JobFailedException">A source or sink could not be opened.</exception>
    public static async Task<TestJob> StartAsync(Topology topology, TestJobOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topology);
        var job = new TestJob(topology, options ?? new TestJobOptions());
        await job.OpenAsync(cancellationToken).ConfigureAwait(false);
        return job;
    }

    /// <summary>Steps lanes until nothing can move any more unless the test does something: feeds a source, moves the clock, releases a sink.</summary>
    /// <exception cref="TestJobException">The job fails or has failed, or does not come to rest.</exception>
    public void Settle() => Do(Run);

    /// <summary>
    /// As <see cref="Settle"/>, again and again until a condition holds: for sources, sinks and functions that go on by themselves, on other
    /// threads. Such a run is not repeated by its seed.
    /// </summary>
    /// <param name="until">The condition; looked at when the job has settled.</param>
    /// <param name="timeout">How long to wait, in real time; by default 20 seconds.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="TestJobException">The job fails or has failed, or the condition does not come to hold in time.</exception>
    public async Task SettleAsync(Func<bool> until, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(until);
        TimeProvider real = TimeProvider.System;
        long start = real.GetTimestamp();
        Settle();
        while (!until())
        {
            if (real.GetElapsedTime(start) > (timeout ?? DefaultTimeout))
            {
                throw Stuck($"has not come to what was waited for within {timeout ?? DefaultTimeout}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), real, cancellationToken).ConfigureAwait(false);
            Settle();
        }
    }

    /// <summary>
    /// Settles, then moves the clock and settles at each instant on the way at which a timer or a deadline of a step is due: all of them act
    /// in their order, at their time.
    /// </summary>
    /// <param name="by">How far; zero or more.</param>
    /// <exception cref="TestJobException">The job fails or has failed, or does not come to rest.</exception>
    public void AdvanceTime(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(by, DateTimeOffset.MaxValue - Clock.GetUtcNow());
        Settle();
        long end = Clock.GetTimestamp() + by.Ticks;
        while (NextDeadline() is { } next && next <= end)
        {
            MoveClock(next);
        }

        MoveClock(end);
    }

    /// <summary>Settles, and expects the job to have ended then.</summary>
    /// <exception cref="TestJobException">The job fails or has failed, or has not ended; the message says what it waits for.</exception>
    public void RunToEnd()
    {
        Settle();
        if (!HasEnded)
        {
            throw Stuck("can go no further, but has not ended");
        }
    }

    /// <summary>Runs to the end as <see cref="SettleAsync"/> does, and closes sources and sinks.</summary>
    /// <param name="timeout">How long to wait, in real time; by default 20 seconds.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="TestJobException">The job fails or has failed, does not end in time, or a source or sink fails to close.</exception>
    public async Task RunToEndAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        await SettleAsync(() => HasEnded, timeout, cancellationToken).ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        if (_failure is not null)
        {
            throw _failure;
        }
    }

    /// <summary>Stops the job as <see cref="Job.StopAsync"/> does, and expects it to have ended then.</summary>
    /// <param name="mode">What becomes of open windows.</param>
    /// <exception cref="TestJobException">The job fails or has failed, or has not ended.</exception>
    public void Stop(StopMode mode = StopMode.KeepWindowsOpen)
    {
        _program.Stop.Set(mode);
        RunToEnd();
    }

    /// <summary>What each step has done so far, as <see cref="Job.GetMetrics"/> gives it.</summary>
    public IReadOnlyList<StepMetrics> GetMetrics() => _metrics.Snapshot();

    /// <summary>What one step has done so far.</summary>
    /// <param name="step">The name of the step.</param>
    /// <exception cref="ArgumentException">There is no such step.</exception>
    public StepMetrics GetMetrics(string step)
    {
        IReadOnlyList<StepMetrics> all = GetMetrics();
        foreach (StepMetrics metrics in all)
        {
            if (string.Equals(metrics.Step, step, StringComparison.Ordinal))
            {
                return metrics;
            }
        }

        throw new ArgumentException(
            $"'{_topology.Name}' has no step '{step}'. Its steps are: {string.Join(", ", all.Select(static found => found.Step))}.", nameof(step));
    }

    /// <summary>A table of the job, to be read between steps; what is asked is answered at once. See <see cref="JobTables.Table"/>.</summary>
    /// <param name="table">The table, as <c>ToTable</c> gave it.</param>
    /// <typeparam name="TKey">The type of the key.</typeparam>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The table is not part of the job's topology.</exception>
    public TableView<TKey, T> Table<TKey, T>(KeyedTable<TKey, T> table)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.In(_program);
    }

    /// <summary>Closes sources and sinks as far as they close at once; the others go on closing.</summary>
    public void Dispose() => _ = CloseAsync();

    /// <summary>Drops what is in flight, and closes sources and sinks. That one fails to close is only reported by <see cref="RunToEndAsync"/>.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _topology.CompileAsync(_program, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Does some work, unless the job has failed before; if it fails now, it stays failed.</summary>
    private void Do(Action work)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_failure is not null)
        {
            throw _failure;
        }

        if (_stepping)
        {
            throw new InvalidOperationException("A function that the job calls cannot step the job.");
        }

        _stepping = true;
        using var context = NoContext.Enter();
        try
        {
            work();
        }
        catch (Exception exception) when (exception is not TestJobException)
        {
            Fail(exception);
            throw _failure!;
        }
        finally
        {
            _stepping = false;
        }
    }

    /// <summary>What is due acts first, before anything is made difficult: a step that is held back takes a silence for its own.</summary>
    private void MoveClock(long timestamp) => Do(() =>
    {
        Clock.AdvanceTo(timestamp);
        MovesWhenAllIsEasy();
        Run();
    });

    /// <summary>Steps as the schedule says until that moves nothing for a while, and is done if nothing moves when all is made easy either.</summary>
    private void Run()
    {
        int lanes = _program.Lanes.Length;
        int patience = Options.Schedule == Schedule.InTurn ? lanes : 10 * lanes;
        _scheduler.Begin();
        long start = Steps;
        int quiet = 0;
        while (!HasEnded)
        {
            if (Steps - start >= Options.StepLimit)
            {
                throw Stuck($"has not come to rest within {Options.StepLimit} steps");
            }

            if (_scheduler.AsksForEpoch())
            {
                _ = _program.Epochs.RequestAsync();
            }

            if (quiet < patience)
            {
                quiet = Step(_scheduler.NextLane(lanes)) || _scheduler.LetCallsThrough() ? 0 : quiet + 1;
            }
            else if (MovesWhenAllIsEasy())
            {
                quiet = 0;
            }
            else
            {
                return;
            }
        }
    }

    private bool MovesWhenAllIsEasy()
    {
        _scheduler.IsCalm = true;
        bool moved = Clock.AdvanceTo(Clock.GetTimestamp());
        while (_scheduler.LetCallsThrough())
        {
            moved = true;
        }

        for (int lane = 0; lane < _program.Lanes.Length; lane++)
        {
            moved |= Step(lane);
        }

        _scheduler.IsCalm = false;
        return moved;
    }

    private bool Step(int lane)
    {
        Steps++;
        _passages?.Draw(lane);
        return _program.Lanes[lane].Step();
    }

    /// <summary>When a timer or a step's deadline is due next; what is overdue has had its chance.</summary>
    private long? NextDeadline()
    {
        long now = Clock.GetTimestamp();
        long next = Clock.NextDue ?? long.MaxValue;
        foreach (Lane lane in _program.Lanes)
        {
            foreach (ITimed timed in lane.Context.Timed)
            {
                next = timed.Deadline > now && !lane.IsDone ? Math.Min(next, timed.Deadline) : next;
            }
        }

        return next == long.MaxValue ? null : next;
    }

    private void Fail(Exception exception)
    {
        var step = exception as StepException;
        var failure = new JobFailedException(_topology.Name, step?.Step, step?.InnerException ?? exception);
        if (_failure is null)
        {
            _failure = new TestJobException(failure.Message, Options, failure);
            _program.Outcome.Set(failure);
        }
    }

    private TestJobException Stuck(string how)
    {
        var message = new StringBuilder($"The job '{_topology.Name}' {how}.");
        foreach (Lane lane in _program.Lanes)
        {
            foreach (string waiting in lane.Waiting)
            {
                message.AppendLine().Append($"  Lane {lane.Index}: {waiting}.");
            }
        }

        foreach (StepMetrics step in GetMetrics().Reverse())
        {
            string watermark = step.Watermark is { } reached ? $", watermark {reached:yyyy-MM-dd HH:mm:ss.FFFFFFF}" : "";
            message.AppendLine().Append($"  Step '{step.Step}': {step.RecordsIn} in, {step.RecordsOut} out{watermark}.");
        }

        return new TestJobException(message.ToString(), Options);
    }

    private async Task CloseAsync()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _program.Outcome.Dispose();
        await _program.Cancellation.CancelAsync().ConfigureAwait(false);
        await JobCloser.CloseAsync(_program, Fail).ConfigureAwait(false);
        _program.Epochs.End(_failure);
        foreach (Lane lane in _program.Lanes)
        {
            lane.Dispose();
        }

        _metrics.Dispose();
    }
}
