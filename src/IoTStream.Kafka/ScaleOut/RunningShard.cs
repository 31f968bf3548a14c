using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>A shard from when it is given to this process until it is taken away.</summary>
internal sealed class RunningShard : IAsyncDisposable
{
    private readonly Topology _topology;
    private readonly ShardSettings _settings;
    private readonly int _shard;
    private readonly Action<Exception> _fail;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Task _task;
    private volatile Job? _job;
    private volatile Exception? _failure;
    private volatile bool _isLeaving;
    private volatile bool _beginsAnew;

    /// <param name="topology">The topology.</param>
    /// <param name="settings">What its shards have in common.</param>
    /// <param name="shard">The number of the shard.</param>
    /// <param name="fail">Told of what it cannot go on after.</param>
    public RunningShard(Topology topology, ShardSettings settings, int shard, Action<Exception> fail)
    {
        _topology = topology;
        _settings = settings;
        _shard = shard;
        _fail = fail;
        _task = Task.Run(RunAsync);
    }

    /// <summary>The job; null while the shard is being restored.</summary>
    public Job? Job => _job;

    /// <summary>Why it was begun anew last; null if it was not.</summary>
    public Exception? LastFailure => _job?.LastFailure ?? _failure;

    /// <summary>Lets it finish what it has begun, unless that takes too long.</summary>
    public async Task FinishAsync(TimeSpan patience)
    {
        _isLeaving = true;
        if (_job is { } job)
        {
            try
            {
                await job.StopAsync().WaitAsync(patience, _settings.Options.TimeProvider).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is TimeoutException or JobFailedException or OperationCanceledException)
            {
                // What is not committed is done again by whoever has the shard next.
            }
        }
    }

    /// <summary>Breaks off what it still does.</summary>
    public async ValueTask DisposeAsync()
    {
        _isLeaving = true;
        await _cancellation.CancelAsync().ConfigureAwait(false);
        await _task.ConfigureAwait(false);
        _cancellation.Dispose();
    }

    private void BeginAnew()
    {
        if (_job is { } job)
        {
            _beginsAnew = true;
            _ = job.StopAsync();
        }
    }

    private async Task RunAsync()
    {
        KafkaScaleOutOptions options = _settings.Options;
        var jobOptions = new JobOptions
        {
            Lanes = 1,
            BatchSize = options.BatchSize,
            EpochInterval = options.EpochInterval,
            TimeProvider = options.TimeProvider,
            MeterFactory = options.MeterFactory,
            Delivery = options.Delivery,
            Restart = options.Restart,
            DropState = options.DropState,
        };
        var shard = new KafkaShard(_settings, _shard, BeginAnew, _cancellation.Token);
        await using (shard.ConfigureAwait(false))
        {
            int failures = 0;
            while (!_cancellation.IsCancellationRequested)
            {
                try
                {
                    Job job = await _topology.StartShardAsync(jobOptions, shard, _cancellation.Token).ConfigureAwait(false);
                    await using (job.ConfigureAwait(false))
                    {
                        _job = job;
                        await job.Completion.ConfigureAwait(false);
                    }

                    if (!_beginsAnew || _isLeaving)
                    {
                        return;
                    }

                    (_beginsAnew, _job) = (false, null);
                }
                catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception exception)
                {
                    if (_isLeaving)
                    {
                        // Somebody else has the shard, or will: what is not committed is done again there.
                        return;
                    }

                    _failure = exception;

                    // A job that runs has its restarts behind it; a start is tried as often.
                    if (_job is not null || failures >= options.Restart.MaxRestarts)
                    {
                        _fail(exception);
                        return;
                    }

                    await Task.Delay(options.Restart.DelayBefore(failures++), options.TimeProvider, _cancellation.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
    }
}
