using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Runtime;

/// <summary>
/// The end of a chain in a sink's writer: hands batches over one after the other, collects while a write is under way, and holds the
/// pipeline back when its buffers are full. A barrier has its place among the batches: once those before it are written and flushed, it has
/// arrived, and those behind it may wait in the buffers meanwhile.
/// </summary>
internal sealed class SinkTask<T> : Operator<T>
{
    private const int Buffers = 4;

    private readonly OpenWriter<T> _open;
    private readonly StepCounters _counters;
    private readonly int _batchSize;
    private readonly Action _wake;
    private readonly EpochEnd _end;
    private readonly CancellationToken _cancellationToken;
    private readonly Queue<SinkBatch<T>> _full = new();
    private readonly Stack<SinkBatch<T>> _free = new();
    private SinkBatch<T> _filling = new(new RecordBuffer<T>());
    private SinkBatch<T>? _writing;
    private bool _dirty;
    private long _barrier;

    /// <summary>How many batches that have not been written yet come before the barrier, the one that is being filled included.</summary>
    private int _beforeBarrier;

    /// <summary>Whether the batch that is being filled comes before the barrier, so that nothing may be added to it.</summary>
    private bool _isSealed;

    private bool _inputEnded;
    private Phase _phase;

    public SinkTask(
        OpenWriter<T> writer, StepCounters counters, int batchSize, Action wake, EpochEnd end, CancellationToken cancellationToken)
    {
        _open = writer;
        _counters = counters;
        _batchSize = batchSize;
        _wake = wake;
        _end = end;
        _cancellationToken = cancellationToken;
        for (int i = 1; i < Buffers; i++)
        {
            _free.Push(new SinkBatch<T>(new RecordBuffer<T>()));
        }

        Task = new Stepper(this);
    }

    private enum Phase
    {
        Writing,
        Cutting,
        Flushing,
        Completing,
        Done,
    }

    private string Call => _writing is not null ? "a write"
        : _phase == Phase.Completing ? "its completion"
        : _phase == Phase.Cutting ? $"epoch {_barrier}"
        : "a flush";

    /// <summary>The side of it that the lane steps.</summary>
    public LaneTask Task { get; }

    public override bool IsReady => _filling.Records.Count == 0 || _free.Count > 0;

    public override void OnBatch(scoped in Batch<T> batch)
    {
        _counters.RecordsIn += batch.Count;
        if (_isSealed || (_filling.Records.Count > 0 && _filling.Records.Count + batch.Count > _batchSize && _free.Count > 0))
        {
            PutInLine();
        }

        _filling.Records.Add(batch);
        Step();
    }

    public override void OnWatermark(long watermark) => _counters.Watermark = watermark;

    public override void OnIdle(bool idle)
    {
    }

    public override void OnPartition(SourcePartition partition, bool ended)
    {
    }

    public override void OnBarrier(long epoch)
    {
        _barrier = epoch;
        _isSealed = _filling.Records.Count > 0;
        _beforeBarrier = _full.Count + (_isSealed ? 1 : 0);
        Step();
    }

    public override void OnEnd()
    {
        _inputEnded = true;
        Step();
    }

    /// <summary>Goes on from the call that has finished to the next one that is due.</summary>
    private bool Step()
    {
        bool progress = false;
        try
        {
            while (IsFree(ref progress) && StartNext())
            {
                progress = true;
            }
        }
        catch (Exception exception)
        {
            throw new StepException(_counters.Step, exception);
        }

        return progress;
    }

    /// <summary>Whether no call is under way, after taking note of one that has finished.</summary>
    private bool IsFree(ref bool progress)
    {
        if (_open.Pending is not { } pending)
        {
            return true;
        }

        if (!pending.IsCompleted)
        {
            return false;
        }

        ThrowIfFailed(pending);
        _open.Pending = null;
        Finish();
        progress = true;
        return true;
    }

    private static void ThrowIfFailed(Task call)
    {
        if (call.Exception?.InnerException is { } cause)
        {
            ExceptionDispatchInfo.Throw(cause);
        }

        if (call.IsCanceled)
        {
            throw new OperationCanceledException("The sink's writer cancelled a write.");
        }
    }

    /// <summary>The batch that is being filled is to be written. Where two batches came for one question, there may be no empty one in its place.</summary>
    private void PutInLine()
    {
        _full.Enqueue(_filling);
        _filling = _free.TryPop(out SinkBatch<T>? free) ? free : new SinkBatch<T>(new RecordBuffer<T>());
        _isSealed = false;
    }

    private bool StartNext()
    {
        if (_barrier != 0 && _beforeBarrier == 0 && _phase == Phase.Writing)
        {
            return StartCut();
        }

        if (_full.Count == 0 && _filling.Records.Count > 0)
        {
            PutInLine();
        }

        if (_full.TryDequeue(out _writing))
        {
            if (_barrier != 0)
            {
                _beforeBarrier--;
            }

            _dirty = true;
            Start(Write(_writing));
            return true;
        }

        return _inputEnded && _phase switch
        {
            Phase.Writing => StartFlush(Phase.Flushing),
            Phase.Flushing => StartComplete(),
            _ => false,
        };
    }

    /// <summary>On its own, so that a writer which is inlined here has all registers to itself.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask Write(SinkBatch<T> batch) => _open.Writer.WriteAsync(batch, _cancellationToken);

    /// <summary>The barrier has its turn: what was written becomes visible, in the writer's own way if it minds epochs.</summary>
    private bool StartCut()
    {
        _phase = Phase.Cutting;
        if (_open.Writer is IEpochWriter writer)
        {
            _dirty = false;
            Start(writer.CutAsync(_barrier, _cancellationToken));
        }
        else if (_dirty)
        {
            StartFlush(Phase.Cutting);
        }
        else
        {
            Finish();
        }

        return true;
    }

    private bool StartFlush(Phase phase)
    {
        _phase = phase;
        _dirty = false;
        Start(_open.Writer.FlushAsync(_cancellationToken));
        return true;
    }

    private bool StartComplete()
    {
        _phase = Phase.Completing;
        Start(_open.Writer.CompleteAsync(_cancellationToken));
        return true;
    }

    private void Start(ValueTask call)
    {
        if (call.IsCompletedSuccessfully)
        {
            call.GetAwaiter().GetResult();
            Finish();
        }
        else
        {
            Task pending = call.AsTask();
            _open.Pending = pending;
            pending.GetAwaiter().UnsafeOnCompleted(_wake);
        }
    }

    private void Finish()
    {
        if (_writing is { } written)
        {
            _writing = null;
            written.Records.Clear();
            _free.Push(written);
        }
        else if (_phase == Phase.Cutting)
        {
            long epoch = _barrier;
            _barrier = 0;
            _phase = Phase.Writing;
            _end.OnBarrier(epoch);
        }
        else if (_phase == Phase.Completing)
        {
            _phase = Phase.Done;
            _end.OnEnd();
        }
    }

    private bool FlushWhenQuiet()
    {
        if (!_dirty || _open.Pending is not null || _phase != Phase.Writing)
        {
            return false;
        }

        try
        {
            return StartFlush(Phase.Writing);
        }
        catch (Exception exception)
        {
            throw new StepException(_counters.Step, exception);
        }
    }

    private sealed class Stepper(SinkTask<T> sink) : LaneTask
    {
        public override bool IsDone => sink._phase == Phase.Done;

        public override string Waiting => sink._open.Pending is null
            ? $"sink '{sink._counters.Step}' waits for records, or for their end"
            : $"sink '{sink._counters.Step}' waits for its writer, which has not finished {sink.Call}";

        public override bool Step() => sink.Step();

        public override bool OnLaneIdle() => sink.FlushWhenQuiet();
    }
}
