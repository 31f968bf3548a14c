using IoTStream.Operators;

namespace IoTStream.Runtime;

/// <summary>
/// A single-threaded part of a job: it owns its operators and their state and steps its tasks in turn. It is driven from outside, one
/// <see cref="Step"/> at a time.
/// </summary>
internal sealed class Lane : IDisposable
{
    private readonly List<LaneTask> _tasks = [];
    private readonly List<IFlushable> _outputs = [];
    private ITimer? _timer;

    public Lane(int index, int batchSize, TimeProvider timeProvider, EpochTracker epochs)
    {
        Context = new OperatorContext(index, batchSize, timeProvider) { Wake = Wake, Epochs = epochs };
        Queries = new LaneQueries(Wake);
    }

    public int Index => Context.Lane;

    /// <summary>Lets the thread sleep that steps the lane.</summary>
    public LaneSignal Signal { get; } = new();

    /// <summary>Wakes whoever may step the lane, if it has no thread of its own. To be set before the job starts.</summary>
    public Action? Waker { get; set; }

    /// <summary>Shared by the operators of this lane.</summary>
    public OperatorContext Context { get; }

    /// <summary>What is asked of the lane from outside.</summary>
    public LaneQueries Queries { get; }

    /// <summary>Whether everything has ended and left.</summary>
    public bool IsDone =>
        _tasks.TrueForAll(static task => task.IsDone)
        && Context.Resumables.TrueForAll(static operation => !operation.HasPending)
        && _outputs.TrueForAll(static output => !output.HasUnsent);

    /// <summary>What its tasks wait for that have not ended, for people to read.</summary>
    public IEnumerable<string> Waiting => _tasks.Where(static task => !task.IsDone).Select(static task => task.Waiting);

    public void Add(LaneTask task) => _tasks.Add(task);

    public void Add(IFlushable output) => _outputs.Add(output);

    /// <summary>Wakes who steps the lane, if it sleeps. May be called from any thread.</summary>
    public void Wake()
    {
        if (Waker is { } waker)
        {
            waker();
        }
        else
        {
            Signal.Wake();
        }
    }

    /// <summary>
    /// Does one bounded round of work: what is asked from outside, what waits inside operators first, from the end of the chains, then each task once, then what the
    /// clock says: what had already arrived when the lane was kept from running comes before the conclusion that there was silence.
    /// </summary>
    /// <returns>Whether anything was done.</returns>
    public bool Step()
    {
        bool progress = Queries.HasWaiting;
        if (progress)
        {
            Queries.Answer();
        }

        foreach (IResumable operation in Context.Resumables)
        {
            if (operation.HasPending)
            {
                progress |= operation.Resume();
            }
        }

        foreach (LaneTask task in _tasks)
        {
            if (task.Step())
            {
                progress = true;
            }
        }

        progress |= Context.Timed.Count > 0 && FireTimers();
        foreach (IFlushable output in _outputs)
        {
            progress |= output.Flush();
        }

        return progress || OnIdle();
    }

    /// <summary>Whoever steps the lane is about to sleep: it is woken at the next deadline.</summary>
    public void SetTimer()
    {
        long deadline = long.MaxValue;
        foreach (ITimed operation in Context.Timed)
        {
            deadline = Math.Min(deadline, operation.Deadline);
        }

        if (deadline == long.MaxValue && _timer is null)
        {
            return;
        }

        TimeProvider clock = Context.TimeProvider;
        TimeSpan due = deadline == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeUntil(deadline, clock);
        _timer ??= clock.CreateTimer(static lane => ((Lane)lane!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        Context.Disposables.ForEach(static held => held.Dispose());
        _timer?.Dispose();
    }

    private bool OnIdle()
    {
        bool progress = false;
        foreach (LaneTask task in _tasks)
        {
            progress |= task.OnLaneIdle();
        }

        return progress;
    }

    private bool FireTimers()
    {
        long now = Context.TimeProvider.GetTimestamp();
        bool fired = false;
        foreach (ITimed operation in Context.Timed)
        {
            if (operation.Deadline <= now)
            {
                operation.OnTime(now);
                fired = true;
            }
        }

        return fired;
    }

    /// <summary>At least a millisecond, as timers are no finer, and at most a day, as they reach no further than weeks: then the lane looks again.</summary>
    private static TimeSpan TimeUntil(long deadline, TimeProvider clock)
    {
        long ticks = clock.GetElapsedTime(clock.GetTimestamp(), deadline).Ticks;
        return TimeSpan.FromTicks(Math.Clamp(ticks, 0, TimeSpan.TicksPerDay) + TimeSpan.TicksPerMillisecond);
    }
}
