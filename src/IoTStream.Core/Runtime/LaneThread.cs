namespace IoTStream.Runtime;

/// <summary>
/// Drives a lane from a thread of its own, and reads sources when the lane has nothing to do: steps while there is work, spins a little when there is none, then
/// sleeps.
/// </summary>
internal sealed class LaneThread(Lane lane, ReadingLanes reading, string topology, CancellationToken cancellationToken)
{
    private const int SpinsBeforeSleep = 20;

    // So often the lane is stepped before it is seen whether sources wait for a thread, even if it has more to do.
    private const int StepsInRow = 64;

    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when all lanes that the thread steps are done, or the job is cancelled; fails with what a step threw.</summary>
    public Task Completion => _completion.Task;

    public void Start()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = $"lane {lane.Index} {topology}" };
        lane.Queries.Open();
        thread.Start();
    }

    private void Run()
    {
        try
        {
            StepToEnd();
            lane.Queries.Close(hasEnded: lane.IsDone);
            _completion.SetResult();
        }
        catch (Exception exception)
        {
            lane.Queries.Close(hasEnded: false);
            _completion.SetException(exception);
        }
    }

    private void StepToEnd()
    {
        var spin = default(SpinWait);
        while (!cancellationToken.IsCancellationRequested)
        {
            if (Step())
            {
                spin.Reset();
            }
            else if (IsDone)
            {
                return;
            }
            else if (spin.Count < SpinsBeforeSleep)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
            else
            {
                Park();
                spin.Reset();
            }
        }
    }

    private bool IsDone => reading.AreDone && lane.IsDone;

    private bool Step()
    {
        int steps = 0;
        while (steps < StepsInRow && !cancellationToken.IsCancellationRequested && lane.Step())
        {
            steps++;
        }

        return reading.Step(lane.Index) || steps > 0;
    }

    /// <summary>
    /// Sleeps until there may be work again: until somebody wakes the lane or a deadline passes. A cancellation wakes it too, unless it
    /// came before the lane was ready to be woken.
    /// </summary>
    private void Park()
    {
        lane.Signal.Prepare();
        if (cancellationToken.IsCancellationRequested || lane.Step() || reading.StepOrSetTimers(lane.Index) || IsDone)
        {
            lane.Signal.Cancel();
            return;
        }

        lane.SetTimer();
        lane.Signal.Sleep();
    }
}
