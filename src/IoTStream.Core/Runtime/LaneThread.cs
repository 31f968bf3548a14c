namespace IoTStream.Runtime;

/// <summary>Drives a lane from a thread of its own: steps while there is work, spins a little when there is none, then sleeps.</summary>
internal sealed class LaneThread(Lane lane, string topology, CancellationToken cancellationToken)
{
    private const int SpinsBeforeSleep = 20;

    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the lane is done or cancelled; fails with what a step threw.</summary>
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
            if (lane.Step())
            {
                spin.Reset();
            }
            else if (lane.IsDone)
            {
                return;
            }
            else if (spin.Count < SpinsBeforeSleep)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
            else
            {
                lane.Park(cancellationToken);
                spin.Reset();
            }
        }
    }
}
