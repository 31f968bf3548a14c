using System.Collections.Concurrent;
using IoTStream.Log;

namespace IoTStream.Runtime;

/// <summary>
/// Cuts epochs while a job runs: asks for one every so often, or earlier when somebody is in a hurry, commits it, and then has sources acknowledge and
/// sinks apply. The next one begins when all that is done.
/// </summary>
internal sealed class EpochLoop(JobProgram program, EpochSession session)
{
    private readonly TimeProvider _clock = program.Options.TimeProvider;
    private volatile bool _hasEnded;
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<(string Name, TaskCompletionSource<string> Result)> _savepoints = new();
    private volatile TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Told how each epoch went. To be set before the job starts.</summary>
    public Action<EpochTimes> Committed { get; set; } = static _ => { };

    /// <summary>The next epoch is to be cut now. May be called from any thread.</summary>
    public void Hurry() => _hurry.TrySetResult();

    /// <summary>Has a savepoint made of the next epoch. May be called from any thread.</summary>
    /// <returns>Its directory. Cancelled if the job ends before.</returns>
    public Task<string> CreateSavepointAsync(string name)
    {
        var result = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _savepoints.Enqueue((name, result));
        Hurry();
        if (_hasEnded)
        {
            GiveUpSavepoints();
        }

        return result.Task;
    }

    /// <summary>All lanes have ended: one epoch is still to be cut, which has the rest.</summary>
    public void End() => _end.TrySetResult();

    /// <summary>Runs until <see cref="End"/>, or the job is cancelled or fails.</summary>
    /// <exception cref="LogFailedException">An epoch could not be committed.</exception>
    public async Task RunAsync()
    {
        try
        {
            await CutAsync().ConfigureAwait(false);
        }
        finally
        {
            _hasEnded = true;
            Interlocked.MemoryBarrier();
            GiveUpSavepoints();
        }
    }

    /// <summary>Begins an epoch. Like the two steps that follow it for whoever runs the job: <see cref="RunAsync"/>, or who steps it by hand.</summary>
    /// <returns>The epoch once the lanes have contributed to it.</returns>
    public Task<CompletedEpoch> Begin()
    {
        session.Prepare();
        return program.Epochs.RequestAsync();
    }

    /// <summary>Makes an epoch durable.</summary>
    public void Commit(long epoch) => session.Commit(epoch);

    /// <summary>Has sources acknowledge and sinks apply what is durable. Then the next epoch may begin.</summary>
    public ValueTask ApplyAsync(long epoch, CancellationToken cancellation)
    {
        program.Epochs.Commit(epoch);
        return session.ApplyAsync(epoch, program.Options.CloseTimeout, _clock, cancellation);
    }

    private async Task CutAsync()
    {
        CancellationToken cancellation = program.Cancellation.Token;
        bool isLast;
        do
        {
            isLast = await WaitAsync(cancellation).ConfigureAwait(false);
            if (cancellation.IsCancellationRequested)
            {
                return;
            }

            int asked = _savepoints.Count;
            long begin = _clock.GetTimestamp();
            Task<CompletedEpoch> request = Begin();
            await ((Task)request).WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!request.IsCompletedSuccessfully)
            {
                return;
            }

            long epoch = (await request.ConfigureAwait(false)).Number;
            long aligned = _clock.GetTimestamp();
            await Task.Run(() => Commit(epoch), CancellationToken.None).ConfigureAwait(false);
            long committed = _clock.GetTimestamp();
            await ApplyAsync(epoch, cancellation).ConfigureAwait(false);
            Committed(new EpochTimes(
                _clock.GetElapsedTime(begin, aligned), _clock.GetElapsedTime(aligned, committed), _clock.GetElapsedTime(committed), session.LastBytes));
            if (asked > 0)
            {
                await Task.Run(() => CreateSavepoints(asked), CancellationToken.None).ConfigureAwait(false);
            }
        }
        while (!isLast || session.WantsAnother);
    }

    /// <summary>Those asked for before the epoch began; once it is applied, so that a job which begins with one need not repeat what it gave to sinks.</summary>
    private void CreateSavepoints(int count)
    {
        for (; count > 0 && _savepoints.TryDequeue(out (string Name, TaskCompletionSource<string> Result) asked); count--)
        {
            try
            {
                asked.Result.SetResult(session.CreateSavepoint(asked.Name));
            }
            catch (Exception exception)
            {
                asked.Result.SetException(exception);
            }
        }
    }

    private void GiveUpSavepoints()
    {
        while (_savepoints.TryDequeue(out (string Name, TaskCompletionSource<string> Result) asked))
        {
            asked.Result.TrySetCanceled();
        }
    }

    /// <returns>Whether all lanes have ended.</returns>
    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TaskCompletionSource hurry = _hurry;
        Task interval = Task.Delay(program.Options.EpochInterval, program.Options.TimeProvider, timer.Token);
        await Task.WhenAny(interval, hurry.Task, _end.Task).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
        if (hurry.Task.IsCompleted)
        {
            _hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return _end.Task.IsCompleted;
    }
}
