using IoTStream.Operators;

namespace IoTStream.Runtime;

/// <summary>
/// Divides what a job does into epochs, one at a time. Each source injects a barrier into its stream before it reads on; when the barrier has
/// reached all ends of the job, the epoch is complete. It has no thread of its own: what there is to be done is done by whoever asks for an
/// epoch, and by the lane on which one becomes complete. Thread-safe.
/// </summary>
internal sealed class EpochCoordinator
{
    private readonly Lock _gate = new();
    private readonly Action _wakeAll;
    private readonly List<ReaderCounts> _sources = [];
    private Action<CompletedEpoch> _listeners = static _ => { };
    private TaskCompletionSource<CompletedEpoch>? _current;
    private TaskCompletionSource<CompletedEpoch>? _next;
    private Exception? _failure;
    private bool _hasEnded;
    private long _number;

    /// <param name="wakeAll">Wakes all lanes, so that their sources see to an epoch that has begun.</param>
    public EpochCoordinator(Action wakeAll)
    {
        _wakeAll = wakeAll;
        Tracker.Completed = Complete;
    }

    /// <summary>What the operators know of it.</summary>
    public EpochTracker Tracker { get; } = new();

    /// <inheritdoc cref="EpochTracker.GoOnAfter"/>
    public void GoOnAfter(long epoch)
    {
        _number = epoch;
        Tracker.GoOnAfter(epoch);
    }

    /// <summary>An epoch that was complete is committed: sources acknowledge. To be called before the next one is asked for.</summary>
    public void Commit(long epoch)
    {
        _sources.ForEach(source => source.Commit(epoch));
        _wakeAll();
    }

    /// <summary>Another end of the job's chains. To be called before the job starts.</summary>
    public EpochEnd AddEnd() => Tracker.AddEnd();

    /// <summary>Another source on a lane. To be called before the job starts.</summary>
    public void Add(ReaderCounts source) => _sources.Add(source);

    /// <summary>
    /// Has a function called for each epoch that is complete, in order, on the lane where that is seen, before the next one begins: it must
    /// not block, and what it throws fails the job.
    /// </summary>
    public void Subscribe(Action<CompletedEpoch> listener)
    {
        lock (_gate)
        {
            _listeners += listener;
        }
    }

    /// <summary>
    /// Asks for an epoch that begins now; if one is under way, for the next, which begins when that is complete. Those who ask meanwhile get
    /// the same one.
    /// </summary>
    /// <returns>
    /// The epoch once it is complete. The task is cancelled if the job is cancelled or ends before, and fails if the job fails.
    /// </returns>
    public Task<CompletedEpoch> RequestAsync()
    {
        Task<CompletedEpoch> task;
        lock (_gate)
        {
            if (_hasEnded)
            {
                return _failure is null
                    ? Task.FromCanceled<CompletedEpoch>(new CancellationToken(canceled: true))
                    : Task.FromException<CompletedEpoch>(_failure);
            }

            if (_current is not null)
            {
                return (_next ??= NewRequest()).Task;
            }

            _current = NewRequest();
            task = _current.Task;
        }

        Begin();
        return task;
    }

    /// <summary>The job is over: nobody is to wait for an epoch any more.</summary>
    /// <param name="failure">Why it failed, if it did.</param>
    public void End(Exception? failure)
    {
        TaskCompletionSource<CompletedEpoch>? current;
        TaskCompletionSource<CompletedEpoch>? next;
        lock (_gate)
        {
            _hasEnded = true;
            _failure = failure;
            current = _current;
            next = _next;
        }

        Abandon(current, failure);
        Abandon(next, failure);
    }

    private static TaskCompletionSource<CompletedEpoch> NewRequest() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Abandon(TaskCompletionSource<CompletedEpoch>? request, Exception? failure)
    {
        if (request is null)
        {
            return;
        }

        if (failure is null)
        {
            request.TrySetCanceled();
        }
        else if (request.TrySetException(failure))
        {
            // The failure is the job's, and is told there too: that nobody awaits an epoch is no unobserved exception.
            _ = request.Task.Exception;
        }
    }

    /// <summary>Begins the epoch that was asked for, and those after it that are complete at once because nothing runs any more.</summary>
    private void Begin()
    {
        do
        {
            _number++;
            if (Tracker.Begin(_number))
            {
                _wakeAll();
                return;
            }
        }
        while (Finish(_number));
    }

    private void Complete(long epoch)
    {
        if (Finish(epoch))
        {
            Begin();
        }
    }

    /// <summary>Tells everybody that an epoch is complete.</summary>
    /// <returns>Whether another one has been asked for.</returns>
    private bool Finish(long epoch)
    {
        var completed = new CompletedEpoch(epoch, [.. _sources.SelectMany(source => source.At(epoch))]);
        Volatile.Read(ref _listeners)(completed);
        TaskCompletionSource<CompletedEpoch> finished;
        bool hasNext;
        lock (_gate)
        {
            finished = _current!;
            _current = _next;
            _next = null;
            hasNext = _current is not null;
        }

        finished.TrySetResult(completed);
        return hasNext;
    }
}
