using IoTStream.Log;

namespace IoTStream.Runtime;

/// <summary>
/// Cuts epochs while a job runs: asks for one every so often, or earlier when somebody is in a hurry, commits it, and then has sources acknowledge and
/// sinks apply. The next one begins when all that is done.
/// </summary>
internal sealed class EpochLoop(JobProgram program, EpochSession session)
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The next epoch is to be cut now. May be called from any thread.</summary>
    public void Hurry() => _hurry.TrySetResult();

    /// <summary>All lanes have ended: one epoch is still to be cut, which has the rest.</summary>
    public void End() => _end.TrySetResult();

    /// <summary>Runs until <see cref="End"/>, or the job is cancelled or fails.</summary>
    /// <exception cref="LogFailedException">An epoch could not be committed.</exception>
    public async Task RunAsync()
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

            session.Prepare();
            Task<CompletedEpoch> request = program.Epochs.RequestAsync();
            await ((Task)request).WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!request.IsCompletedSuccessfully)
            {
                return;
            }

            long epoch = (await request.ConfigureAwait(false)).Number;
            await Task.Run(() => session.Commit(epoch), CancellationToken.None).ConfigureAwait(false);
            program.Epochs.Commit(epoch);
            await session.ApplyAsync(epoch, cancellation).ConfigureAwait(false);
        }
        while (!isLast);
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
