using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// Makes an asynchronous call for each record, several at a time. Calls end on other threads; their results are passed on by the lane, in the
/// order of the records or as they come, and signals never before the results of the records that they came after. A barrier waits until the
/// calls under way are done and their results have left, and no new ones are made meanwhile: calls are nothing that an epoch could keep.
/// </summary>
internal sealed class SelectAsyncOperator<TIn, TOut> : FallibleOperator<TIn, TOut>, IResumable, IDisposable
{
    private readonly Func<TIn, RecordContext, CancellationToken, ValueTask<TOut>> _function;
    private readonly CallSettings _settings;
    private readonly OperatorContext _context;
    private readonly RecordBuffer<TOut> _results = new();
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>Records in the order of their arrival. The first <see cref="_started"/> are called for, the others wait for their turn.</summary>
    private readonly List<AsyncCall<TIn, TOut>> _calls = [];

    private int _started;
    private long _pendingBarrier;

    /// <summary>How many of the calls come before the barrier. The others have not been started.</summary>
    private int _beforeBarrier;

    /// <summary>What came directly behind the barrier.</summary>
    private HeldSignals _behindBarrier = new();

    public SelectAsyncOperator(
        Func<TIn, RecordContext, CancellationToken, ValueTask<TOut>> function,
        CallSettings settings,
        Operator<TOut> next,
        StepCounters counters,
        ErrorHandler errors,
        OperatorContext context)
        : base(next, counters, errors)
    {
        _function = function;
        _settings = settings;
        _context = context;
        context.Resumables.Add(this);
        context.Disposables.Add(this);
    }

    public override bool IsReady => _started == _calls.Count && _started < _settings.MaxInFlight && !IsBehindBarrier;

    public bool HasPending => _calls.Count > 0;

    private bool IsBehindBarrier => _pendingBarrier != 0;

    private bool HasRoom => Next.IsReady && Errors.IsReady;

    public override void OnBatch(scoped in Batch<TIn> batch)
    {
        Counters.RecordsIn += batch.Count;
        for (int i = 0; i < batch.Count; i++)
        {
            _calls.Add(new AsyncCall<TIn, TOut>(batch.Values[i], batch.Context(i)));
        }

        Resume();
    }

    public override void OnWatermark(long watermark)
    {
        if (HasPending)
        {
            HoldLast(new HeldSignals { Watermark = watermark });
        }
        else
        {
            base.OnWatermark(watermark);
        }
    }

    public override void OnIdle(bool idle) => HoldOrPassOn(new HeldSignals { Idle = idle });

    public override void OnPartition(SourcePartition partition, bool ended) => HoldOrPassOn(new HeldSignals { Partitions = [(partition, ended)] });

    public override void OnBarrier(long epoch)
    {
        if (HasPending)
        {
            _pendingBarrier = epoch;
            _beforeBarrier = _calls.Count;
        }
        else
        {
            base.OnBarrier(epoch);
        }
    }

    public override void OnEnd() => HoldOrPassOn(new HeldSignals { End = true });

    public bool Resume()
    {
        bool progress = false;
        while (Start() | (HasRoom && TakeDone()))
        {
            progress = true;
        }

        return progress;
    }

    /// <summary>The lane has ended: calls that are still under way are of no use to anyone.</summary>
    public void Dispose()
    {
        _cancellation.Cancel();
        _cancellation.Dispose();
    }

    private bool Start()
    {
        bool any = false;
        int last = IsBehindBarrier ? _beforeBarrier : _calls.Count;
        while (_started < Math.Min(last, _settings.MaxInFlight))
        {
            _ = RunAsync(_calls[_started++], _cancellation.Token);
            any = true;
        }

        return any;
    }

    /// <summary>Passes on what calls that are done have given, one batch at most.</summary>
    private bool TakeDone()
    {
        int kept = 0;
        int taken = 0;
        bool stops = false;
        for (int i = 0; i < _started; i++)
        {
            AsyncCall<TIn, TOut> call = _calls[i];
            if (stops || !call.IsDone)
            {
                stops |= _settings.KeepOrder;
                _calls[kept++] = call;
                continue;
            }

            taken++;
            Take(call);
            if (call.Signals is { } signals)
            {
                if (kept > 0)
                {
                    // They came after an earlier record too, whose result is still to come.
                    Hold(kept - 1, signals);
                }
                else
                {
                    Flush();
                    PassOn(signals);
                }
            }

            stops = taken == _context.BatchSize || !HasRoom;
        }

        _calls.RemoveRange(kept, taken);
        _started = kept;
        Flush();
        PassBarrierAfter(taken);
        return taken > 0;
    }

    private void Take(AsyncCall<TIn, TOut> call)
    {
        if (call.Failure is { } failure)
        {
            Errors.Handle(failure, call.Value, call.Context);
        }
        else
        {
            _results.Add(call.Context.TimestampTicks, call.Result, call.Context.Origin);
        }
    }

    private void Flush()
    {
        Errors.DeadLetters?.Flush();
        Emit(_results.AsBatch());
        _results.Clear();
    }

    private async Task RunAsync(AsyncCall<TIn, TOut> call, CancellationToken cancellationToken)
    {
        try
        {
            call.Succeed(await CallAsync(call, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            call.Fail(exception);
        }

        _context.Wake();
    }

    private async Task<TOut> CallAsync(AsyncCall<TIn, TOut> call, CancellationToken cancellationToken)
    {
        TimeSpan delay = _settings.RetryDelay;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await AttemptAsync(call, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (attempt < _settings.Attempts && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(delay, _context.TimeProvider, cancellationToken).ConfigureAwait(false);
                delay = delay < _settings.MaxRetryDelay / 2 ? delay * 2 : _settings.MaxRetryDelay;
            }
        }
    }

    private async Task<TOut> AttemptAsync(AsyncCall<TIn, TOut> call, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_settings.Timeout, _context.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        Task<TOut>? task = null;
        try
        {
            task = _function(call.Value, call.Context, either.Token).AsTask();
            return await task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The call of '{Counters.Step}' took longer than {_settings.Timeout}.", exception);
        }
        finally
        {
            if (task is { IsCompletedSuccessfully: false })
            {
                // A call that pays no heed to its token is left to itself, and what it throws then is nobody's concern.
                _ = task.ContinueWith(
                    static ended => _ = ended.Exception,
                    CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }
        }
    }

    private void HoldOrPassOn(HeldSignals signals)
    {
        if (HasPending)
        {
            HoldLast(signals);
        }
        else
        {
            PassOn(signals);
        }
    }

    private void PassBarrierAfter(int taken)
    {
        if (!IsBehindBarrier)
        {
            return;
        }

        _beforeBarrier -= taken;
        if (_beforeBarrier == 0)
        {
            long epoch = _pendingBarrier;
            _pendingBarrier = 0;
            base.OnBarrier(epoch);
            HeldSignals behind = _behindBarrier;
            _behindBarrier = new HeldSignals();
            PassOn(behind);
        }
    }

    private void HoldLast(HeldSignals signals)
    {
        if (IsBehindBarrier && _calls.Count == _beforeBarrier)
        {
            _behindBarrier.Add(signals);
        }
        else
        {
            Hold(_calls.Count - 1, signals);
        }
    }

    private void Hold(int index, HeldSignals signals)
    {
        AsyncCall<TIn, TOut> call = _calls[index];
        if (call.Signals is null)
        {
            call.Signals = signals;
        }
        else
        {
            call.Signals.Add(signals);
        }
    }

    private void PassOn(HeldSignals signals)
    {
        foreach ((SourcePartition partition, bool ended) in signals.Partitions ?? [])
        {
            base.OnPartition(partition, ended);
        }

        if (signals.Watermark != Time.Watermark.None)
        {
            base.OnWatermark(signals.Watermark);
        }

        if (signals.Idle is { } idle)
        {
            base.OnIdle(idle);
        }

        if (signals.End)
        {
            base.OnEnd();
        }
    }
}
