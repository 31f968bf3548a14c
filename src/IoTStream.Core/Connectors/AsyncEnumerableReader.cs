namespace IoTStream.Connectors;

/// <summary>Reads an asynchronous stream: a task moves it into a queue, and the queue ends when the job stops even if the stream does not react.</summary>
internal sealed class AsyncEnumerableReader<T> : ISourceReader<T>, IDrainable
{
    /// <summary>How long a stream may take to react when its token is cancelled.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly IAsyncEnumerable<T> _items;
    private readonly SourceQueue<T> _queue;
    private readonly TimeProvider _timeProvider;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _pumping;
    private bool _pulling;

    public AsyncEnumerableReader(IAsyncEnumerable<T> items, SourceContext context, int capacity)
    {
        _items = items;
        _timeProvider = context.TimeProvider;
        _queue = new SourceQueue<T>(context, capacity);
        _pumping = Task.Run(PumpAsync);
        _queue.Stopping.UnsafeRegister(static reader => _ = ((AsyncEnumerableReader<T>)reader!).StopAsync(), this);
    }

    public IReadOnlyList<SourcePartition> Partitions => _queue.Partitions;

    public ReadStatus Read(SourceBatch<T> batch) => _queue.Read(batch);

    public void BeginDrain() => _queue.BeginDrain();

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync().ConfigureAwait(false);
        await _stopped.Task.ConfigureAwait(false);
    }

    private async Task PumpAsync()
    {
        try
        {
            IAsyncEnumerator<T> enumerator = _items.GetAsyncEnumerator(_queue.Stopping);
            await using (enumerator.ConfigureAwait(false))
            {
                while (await PullAsync(enumerator).ConfigureAwait(false))
                {
                    await _queue.WriteAsync(enumerator.Current).ConfigureAwait(false);
                }
            }

            _queue.Complete();
        }
        catch (OperationCanceledException) when (_queue.Stopping.IsCancellationRequested)
        {
            _queue.Complete();
        }
        catch (Exception exception)
        {
            _queue.Complete(exception);
        }
    }

    private async ValueTask<bool> PullAsync(IAsyncEnumerator<T> enumerator)
    {
        // Said before the token is looked at, so that a stop in between finds a pump that waits in the stream.
        Volatile.Write(ref _pulling, true);
        bool any = !_queue.Stopping.IsCancellationRequested && await enumerator.MoveNextAsync().ConfigureAwait(false);
        Volatile.Write(ref _pulling, false);
        return any;
    }

    private async Task StopAsync()
    {
        try
        {
            await _pumping.WaitAsync(Grace, _timeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException) when (Volatile.Read(ref _pulling))
        {
            // The pump outlives the job until the stream hands something out or ends; it then finds the queue completed.
            _queue.Complete();
        }
        catch (TimeoutException)
        {
            // The pipeline is slow to take the last record; the pump ends once it has.
            await _pumping.ConfigureAwait(false);
        }

        _stopped.TrySetResult();
    }
}
