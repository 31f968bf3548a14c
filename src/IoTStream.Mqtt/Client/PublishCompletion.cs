using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Client;

/// <summary>The task of one published message, used again for later ones once it has been awaited.</summary>
internal sealed class PublishCompletion : Delivery, IValueTaskSource
{
    private const int MaximumPooled = 1024;
    private readonly ConcurrentQueue<PublishCompletion> _pool;
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private bool _cancellable;
    private int _settled;

    private PublishCompletion(ConcurrentQueue<PublishCompletion> pool)
    {
        _pool = pool;
        _core.RunContinuationsAsynchronously = true;
    }

    public static PublishCompletion Rent(ConcurrentQueue<PublishCompletion> pool) =>
        pool.TryDequeue(out PublishCompletion? pooled) ? pooled : new PublishCompletion(pool);

    /// <summary>Called once, after the message has been sent or is sure to be.</summary>
    public ValueTask AsTask(CancellationToken cancellationToken)
    {
        var task = new ValueTask(this, _core.Version);
        if (cancellationToken.CanBeCanceled)
        {
            _cancellable = true;
            _registration = cancellationToken.UnsafeRegister(
                static (completion, token) => ((PublishCompletion)completion!).Cancel(token), this);
        }

        return task;
    }

    public override void Complete(MqttReasonCode code, string? reason)
    {
        if (code.IsFailure())
        {
            Fail(MqttRefusedException.Of("refused a message", code, reason));
        }
        else if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            _core.SetResult(result: true);
        }
    }

    public override void Fail(Exception reason)
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            _core.SetException(reason);
        }
    }

    public void GetResult(short token)
    {
        // After a failure or a cancellation the outbox may still hold it and settle it later: then it is not used again.
        bool reusable = _core.GetStatus(token) == ValueTaskSourceStatus.Succeeded && (!_cancellable || _registration.Unregister());
        _core.GetResult(token);
        if (reusable && _pool.Count < MaximumPooled)
        {
            _core.Reset();
            _registration = default;
            _cancellable = false;
            FromHandler = false;
            _settled = 0;
            _pool.Enqueue(this);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token) => Fail(new OperationCanceledException(token));
}
