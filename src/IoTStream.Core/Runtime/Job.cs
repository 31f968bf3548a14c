using System.Diagnostics;
using IoTStream.Operators;

namespace IoTStream.Runtime;

/// <summary>A running topology.</summary>
/// <remarks>Thread-safe. Disposing it cancels it if it still runs, and waits until its threads have ended and its sources and sinks are closed.</remarks>
public sealed class Job : IAsyncDisposable
{
    private readonly Func<JobProgram, CancellationToken, Task<JobProgram>> _reopen;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly CancellationTokenSource _wait = new();
    private readonly JobMetrics _metrics;
    private readonly Activity? _activity;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _registration;
    private int _status = (int)JobStatus.Running;
    private volatile JobProgram _program;
    private volatile bool _waitsForRestart;
    private bool _hasFinished;
    private volatile StopMode _stopMode;
    private volatile JobFailedException? _lastFailure;
    private Exception? _failure;
    private int _restarts;
    private int _inRow;
    private int _delays;

    private Job(
        JobProgram program,
        Func<JobProgram, CancellationToken, Task<JobProgram>> reopen,
        Activity? activity,
        CancellationToken cancellationToken)
    {
        _program = program;
        _reopen = reopen;
        _activity = activity;
        _metrics = new JobMetrics(program.Topology, program.Counters, program.Exchanges, program.Options, program.Shard?.Index ?? 0);
        _metrics.Follow(program);
        _registration = cancellationToken.UnsafeRegister(static job => ((Job)job!).Cancel(), this);
    }

    /// <summary>The name of the topology.</summary>
    public string Name => _program.Topology;

    /// <summary>Where the job is in its life.</summary>
    public JobStatus Status => (JobStatus)Volatile.Read(ref _status) is var status && status == JobStatus.Running && _waitsForRestart ? JobStatus.Restarting : status;

    /// <summary>How many times the job has been restarted; see <see cref="JobOptions.Restart"/>.</summary>
    public int Restarts => Volatile.Read(ref _restarts);

    /// <summary>Why the job was restarted last; null if it was not.</summary>
    public JobFailedException? LastFailure => _lastFailure;

    /// <summary>
    /// Completes when the sources have ended or the job was stopped, everything has been processed, and sources and sinks are closed. Is
    /// cancelled if the job was cancelled, and fails with a <see cref="JobFailedException"/> that names the step and keeps the cause.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>Asks the job to stop, and waits for that: sources stop taking in, everything in flight is processed and written.</summary>
    /// <param name="mode">What becomes of open windows.</param>
    /// <param name="cancellationToken">Ends the waiting, not the job.</param>
    /// <exception cref="JobFailedException">The job failed, before or while it stopped.</exception>
    /// <exception cref="OperationCanceledException">The job was cancelled, or the waiting was.</exception>
    public async Task StopAsync(StopMode mode = StopMode.KeepWindowsOpen, CancellationToken cancellationToken = default)
    {
        _stopMode = mode;
        if (Interlocked.CompareExchange(ref _status, (int)JobStatus.Stopping, (int)JobStatus.Running) == (int)JobStatus.Running)
        {
            Activity? activity = JobTracing.Start("iotstream.job.stop", Name, _activity);
            _program.Stop.Set(mode);
            _program.WakeAll();
            _ = EndWithJobAsync(activity);
            await _wait.CancelAsync().ConfigureAwait(false);
        }

        await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Cancels the job: what is in flight is dropped. <see cref="Completion"/> is cancelled once everything is closed.</summary>
    public void Cancel()
    {
        _ = _cancellation.CancelAsync();
        _ = _program.Cancellation.CancelAsync();
    }

    /// <summary>
    /// Keeps all state and source positions as of an epoch that begins now under a name, whatever becomes of the epoch log later: in the log's directory under
    /// <c>savepoints/NAME</c>, from where it can be moved or copied. A job can begin with it, also with a changed topology: see <see cref="JobOptions.Savepoint"/>.
    /// </summary>
    /// <param name="name">The name, which is to be one for a directory, and not taken.</param>
    /// <param name="cancellationToken">Ends the waiting; the savepoint may be made all the same.</param>
    /// <returns>The directory of the savepoint.</returns>
    /// <exception cref="InvalidOperationException">The job has no epoch log.</exception>
    /// <exception cref="ArgumentException">The name is no name for a directory, or is taken.</exception>
    /// <exception cref="OperationCanceledException">The waiting was cancelled, or the job ended before the savepoint was made.</exception>
    public Task<string> CreateSavepointAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        EpochLoop loop = _program.Loop ?? throw new InvalidOperationException($"The job '{Name}' has no epoch log of which there could be a savepoint: set JobOptions.EpochLog.");
        return loop.CreateSavepointAsync(name).WaitAsync(cancellationToken);
    }

    /// <summary>What each step has done so far. The same numbers are published as metrics of the meter "IoTStream".</summary>
    public IReadOnlyList<StepMetrics> GetMetrics() => _metrics.Snapshot();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _program.Outcome.Dispose();
        if (!Completion.IsCompleted)
        {
            Cancel();
        }

        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _registration.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
    }

    /// <summary>The epochs of the job.</summary>
    internal EpochCoordinator Epochs => _program.Epochs;

    internal JobProgram Program => _program;

    /// <param name="program">What is to run.</param>
    /// <param name="reopen">Makes the program that goes on from the epoch log after one has failed.</param>
    /// <param name="activity">The trace of the job.</param>
    /// <param name="cancellationToken">Cancels the job.</param>
    internal static Job Start(
        JobProgram program,
        Func<JobProgram, CancellationToken, Task<JobProgram>> reopen,
        Activity? activity,
        CancellationToken cancellationToken)
    {
        var job = new Job(program, reopen, activity, cancellationToken);
        _ = job.RunAsync();
        return job;
    }

    /// <summary>The stop takes until the job has ended, whether or not its caller waits for that.</summary>
    private async Task EndWithJobAsync(Activity? stop)
    {
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Completion.Exception?.InnerException is { } exception)
        {
            JobTracing.Fail(stop, exception);
        }

        stop?.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            long start = Clock.GetTimestamp();
            await RunProgramAsync().ConfigureAwait(false);
            if (Clock.GetElapsedTime(start) >= _program.Options.Restart?.ResetAfter)
            {
                (_inRow, _delays) = (0, 0);
            }
            else if (_program.PoisonRecords?.TakeNew() is true)
            {
                // The waiting still becomes longer: if it is not the record but something else that is away, not all that comes meanwhile is to be put aside.
                _inRow = 0;
            }

            if (_failure is null || !await TryRestartAsync().ConfigureAwait(false))
            {
                Complete();
                return;
            }
        }
    }

    private TimeProvider Clock => _program.Options.TimeProvider;

    /// <summary>Goes on from the last epoch after a failure, if the options say so and it is not too much.</summary>
    /// <returns>Whether there is a program to run again.</returns>
    private async Task<bool> TryRestartAsync()
    {
        while (_program.Options.Restart is { } policy && _inRow < policy.MaxRestarts && CanGoOn)
        {
            JobFailedException failure = ToFailure(_failure!);
            _lastFailure = failure;
            _program.Epochs.End(failure);
            _program.Outcome.Set(failure);
            _waitsForRestart = true;
            await WaitAsync(policy.DelayBefore(_delays++)).ConfigureAwait(false);
            if (!CanGoOn)
            {
                return false;
            }

            using Activity? activity = JobTracing.Start("iotstream.job.restart", Name, _activity);
            JobTracing.Fail(activity, failure);
            Interlocked.Increment(ref _restarts);
            _inRow++;
            if (await TryReopenAsync().ConfigureAwait(false))
            {
                _waitsForRestart = false;
                return true;
            }
        }

        return false;
    }

    /// <summary>Neither cancelled nor asked to stop, and not at its end either: what fails after that is no reason to do it again.</summary>
    private bool CanGoOn => !_hasFinished && Volatile.Read(ref _status) == (int)JobStatus.Running && !_cancellation.IsCancellationRequested;

    private async Task WaitAsync(TimeSpan delay)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_wait.Token, _cancellation.Token);
        await Task.Delay(delay, Clock, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<bool> TryReopenAsync()
    {
        try
        {
            JobProgram program = await _reopen(_program, _cancellation.Token).ConfigureAwait(false);
            _failure = null;
            _metrics.GoOnWith(program);
            _program = program;
        }
        catch (Exception) when (_cancellation.IsCancellationRequested)
        {
            // The failure that there was before says more than that it was not waited for what comes after it.
            return false;
        }
        catch (Exception exception)
        {
            _failure = exception is JobFailedException { InnerException: { } cause, Step: { } step } ? new StepException(step, cause) : exception;
            return false;
        }

        // Whoever cancelled or stopped the job meanwhile did not see this program.
        if (_cancellation.IsCancellationRequested)
        {
            await _program.Cancellation.CancelAsync().ConfigureAwait(false);
        }
        else if (!CanGoOn)
        {
            _program.Stop.Set(_stopMode);
        }

        return true;
    }

    private async Task RunProgramAsync()
    {
        CancellationToken cancellation = _program.Cancellation.Token;
        Lane[] lanes = _program.Lanes[.._program.Options.Lanes];
        var reading = new ReadingLanes(_program.Reading, lanes, cancellation);
        LaneThread[] threads = Array.ConvertAll(lanes, lane => new LaneThread(lane, reading, Name, cancellation));
        await using (cancellation.UnsafeRegister(static program => ((JobProgram)program!).WakeAll(), _program).ConfigureAwait(false))
        {
            foreach (LaneThread thread in threads)
            {
                thread.Start();
            }

            Task epochs = _program.Loop?.RunAsync() ?? Task.CompletedTask;
            await WatchAsync([.. threads.Select(thread => thread.Completion)], epochs).ConfigureAwait(false);
            await EndEpochsAsync(epochs).ConfigureAwait(false);
            _hasFinished = _failure is null && !cancellation.IsCancellationRequested;
            await JobCloser.CloseAsync(_program, Fail).ConfigureAwait(false);
        }

        try
        {
            Array.ForEach(_program.Lanes, static lane => lane.Dispose());
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            _program.Session?.Dispose();
        }
    }

    /// <summary>Waits for all lanes; the first that fails brings the others down.</summary>
    private async Task WatchAsync(List<Task> lanes, Task epochs)
    {
        List<Task> watched = [.. lanes, epochs];
        while (lanes.Count > 0)
        {
            Task ended = await Task.WhenAny(watched).ConfigureAwait(false);
            watched.Remove(ended);
            lanes.Remove(ended);
            await FailIfFaultedAsync(ended).ConfigureAwait(false);
        }
    }

    private async Task FailIfFaultedAsync(Task ended)
    {
        if (ended.Exception?.InnerException is { } exception)
        {
            Fail(exception);
            await _program.Cancellation.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>All lanes have ended: what they did since the last epoch is committed, unless the job has failed or was cancelled.</summary>
    private async Task EndEpochsAsync(Task epochs)
    {
        if (_program.Loop is not { } loop)
        {
            return;
        }

        loop.End();
        await epochs.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await FailIfFaultedAsync(epochs).ConfigureAwait(false);
        if (!_program.Cancellation.IsCancellationRequested)
        {
            _program.Acknowledgements.ForEach(static acknowledge => acknowledge());
        }
    }

    private void Fail(Exception exception)
    {
        // A writer that gives up because the job was cancelled has not failed.
        bool followsCancellation = _program.Cancellation.IsCancellationRequested
            && exception is StepException { InnerException: OperationCanceledException };
        if (!followsCancellation)
        {
            Interlocked.CompareExchange(ref _failure, exception, null);
        }
    }

    private JobFailedException ToFailure(Exception cause)
    {
        var step = cause as StepException;
        return new JobFailedException(Name, step?.Step, step?.InnerException ?? cause);
    }

    private void Complete()
    {
        _waitsForRestart = false;
        if (_failure is not null)
        {
            JobFailedException failure = ToFailure(_failure);
            JobTracing.Fail(_activity, failure);
            _program.Outcome.Set(failure);
            Volatile.Write(ref _status, (int)JobStatus.Failed);
            _activity?.Dispose();
            _program.Epochs.End(failure);
            _completion.SetException(failure);

            // A failure that nobody awaits is not an unobserved exception: it is also in the status, the trace and the disposal.
            _ = _completion.Task.Exception;
        }
        else if (_cancellation.IsCancellationRequested)
        {
            _program.Outcome.Set(failure: null);
            Volatile.Write(ref _status, (int)JobStatus.Cancelled);
            _activity?.Dispose();
            _program.Epochs.End(failure: null);
            _completion.SetCanceled(_cancellation.Token);
        }
        else
        {
            _program.Outcome.Set(failure: null);
            Volatile.Write(ref _status, (int)JobStatus.Completed);
            _activity?.Dispose();
            _program.Epochs.End(failure: null);
            _completion.SetResult();
        }
    }
}
