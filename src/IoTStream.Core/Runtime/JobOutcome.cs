using System.Runtime.ExceptionServices;

namespace IoTStream.Runtime;

/// <summary>How a job has ended, for those who ask what it has computed. Set by its owner; read by anyone.</summary>
internal sealed class JobOutcome(string topology)
{
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile JobFailedException? _failure;
    private volatile bool _isDisposed;

    /// <summary>Completes when it is known how the job has ended.</summary>
    public Task Known => _known.Task;

    /// <param name="failure">The failure; null if it has not failed.</param>
    public void Set(JobFailedException? failure)
    {
        _failure = failure;
        _known.TrySetResult();
    }

    public void Dispose() => _isDisposed = true;

    /// <exception cref="JobFailedException">The job has failed.</exception>
    /// <exception cref="ObjectDisposedException">The job has been disposed.</exception>
    public void ThrowIfUnreadable()
    {
        if (_isDisposed)
        {
            throw new ObjectDisposedException(nameof(Job), $"The job '{topology}' has been disposed: read its tables before that.");
        }

        if (_failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
