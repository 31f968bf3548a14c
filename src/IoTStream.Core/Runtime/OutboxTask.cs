using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>The end of a chain in an exactly-once sink: encodes records into the epoch's outbox, and holds the pipeline back when that has become large.</summary>
internal sealed class OutboxTask<T> : Operator<T>
{
    // Beyond it the epoch is cut early; until that has happened the sink takes nothing.
    private const long MaxBytes = 64 * 1024 * 1024;

    private readonly Outbox _outbox;
    private readonly IOutboxWriter<T> _writer;
    private readonly StepCounters _counters;
    private readonly ErrorHandler _errors;
    private readonly LaneCapture _capture;
    private readonly StepState _state;
    private readonly EpochEnd _end;
    private readonly Action _hurry;
    private readonly SinkBatch<T> _batch = new(new RecordBuffer<T>());
    private ByteChunks _bytes = new();
    private long _epoch;
    private long _used;
    private long _usedBefore;
    private bool _hasHurried;

    public OutboxTask(
        IOutboxWriter<T> writer, bool remembers, StepCounters counters, ErrorHandler errors, LaneCapture capture, EpochEnd end, Action hurry)
    {
        _outbox = new WriterOutbox(counters.Step, remembers, writer);
        _writer = writer;
        _counters = counters;
        _errors = errors;
        _capture = capture;
        _epoch = capture.EpochBefore;
        _state = capture.Add(counters.Step);
        _state.Add(new OutboxUse(() => (_used, _usedBefore), use => (_used, _usedBefore) = use));
        _end = end;
        _hurry = hurry;
    }

    public Outbox Outbox => _outbox;

    public override bool IsReady
    {
        get
        {
            if (_bytes.Length < MaxBytes)
            {
                return _errors.IsReady;
            }

            if (!_hasHurried)
            {
                _hasHurried = true;
                _hurry();
            }

            return false;
        }
    }

    public override void OnBatch(scoped in Batch<T> batch)
    {
        _counters.RecordsIn += batch.Count;
        _batch.Records.Clear();
        _batch.Records.Add(batch);
        long before = _bytes.Length;
        try
        {
            _writer.Encode(_batch, _bytes);
        }
        catch (Exception)
        {
            _bytes.Truncate(before);
            EncodeOneByOne(in batch);
        }
    }

    public override void OnWatermark(long watermark)
    {
        _counters.Watermark = watermark;
        _errors.DeadLetters?.OnWatermark(watermark);
    }

    public override void OnIdle(bool idle) => _errors.DeadLetters?.OnIdle(idle);

    public override void OnPartition(SourcePartition partition, bool ended)
    {
    }

    public override void OnBarrier(long epoch)
    {
        _epoch = epoch;
        _hasHurried = false;
        Contribute(epoch);
        _state.Capture(epoch);
        _bytes = _outbox.Seal(epoch, _bytes);
        _errors.DeadLetters?.OnBarrier(epoch);
        _end.OnBarrier(epoch);
    }

    public override void OnEnd()
    {
        Contribute(_epoch + 1);
        _state.CaptureLast();
        _outbox.SealLast(_epoch + 1, _bytes);
        _errors.DeadLetters?.OnEnd();
        _end.OnEnd();
    }

    /// <summary>Finds out which records of a batch cannot be encoded.</summary>
    private void EncodeOneByOne(scoped in Batch<T> batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            RecordContext context = batch.Context(i);
            _batch.Records.Clear();
            _batch.Records.Add(context.TimestampTicks, batch.Values[i], context.Origin);
            long before = _bytes.Length;
            try
            {
                _writer.Encode(_batch, _bytes);
            }
            catch (Exception exception)
            {
                _bytes.Truncate(before);
                _errors.Handle(exception, batch.Values[i], context);
            }
        }

        _errors.DeadLetters?.Flush();
    }

    private void Contribute(long epoch)
    {
        if (_bytes.Length == 0)
        {
            return;
        }

        (_used, _usedBefore) = (epoch, _used);
        EpochContribution contribution = _capture.For(epoch);
        contribution.Begin(SectionKind.Outbox, _outbox.Number);
        foreach (ReadOnlyMemory<byte> part in _bytes.Parts)
        {
            contribution.Put([], part.Span);
        }
    }

    private sealed class WriterOutbox(string step, bool remembers, IOutboxWriter<T> writer) : Outbox(step, remembers)
    {
        public override ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken) => writer.GetLastEpochAsync(cancellationToken);

        public override ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken) =>
            writer.ApplyAsync(epoch, outbox, cancellationToken);
    }
}
