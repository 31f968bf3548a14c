namespace IoTStream.Runtime;

/// <summary>Something that is to be read on a lane for somebody who waits for it elsewhere.</summary>
internal abstract class LaneQuery
{
    private readonly TaskCompletionSource<bool> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True once it has been read, false if the lane was stopped before. Fails with what the reading threw.</summary>
    public Task<bool> Completion => _completion.Task;

    /// <summary>Reads, unless nobody waits any more.</summary>
    public void Answer()
    {
        if (_completion.Task.IsCompleted)
        {
            return;
        }

        try
        {
            Read();
            _completion.TrySetResult(true);
        }
        catch (Exception exception)
        {
            _completion.TrySetException(exception);
        }
    }

    public void Abandon() => _completion.TrySetResult(false);

    public void Cancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);

    protected abstract void Read();
}

/// <summary>Reads with a function.</summary>
internal sealed class LaneQuery<TResult>(Func<TResult> read) : LaneQuery
{
    /// <summary>What has been read; meaningful once the query has completed with true.</summary>
    public TResult Result { get; private set; } = default!;

    protected override void Read() => Result = read();
}
