using System.Buffers.Binary;
using IoTStream.Connectors;
using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>The sending end of an exchange between shards: what goes to each of them leaves with the epoch, records and signals in one order.</summary>
internal abstract class ShardOutput<T> : Operator<T>
{
    // Larger frames are divided: brokers take messages of a megabyte unless they are told otherwise.
    private const int FrameBytes = 256 * 1024;

    // Beyond it the epoch is cut early; until that has happened nothing is taken.
    private const long MaxBytes = 64 * 1024 * 1024;

    private readonly ShardFrameWriter<T>[] _frames;
    private readonly StepCounters _counters;
    private readonly LaneCapture _capture;
    private readonly EpochEnd _end;
    private readonly Action _hurry;
    private readonly List<(int Receiver, byte[] Frame)> _full = [];
    private long _fullBytes;
    private long _epoch;
    private long _watermark = Time.Watermark.None;
    private long _announced = Time.Watermark.None;
    private bool _isIdle;

    // What was announced in an earlier life may have been something else.
    private bool? _announcedIdle;
    private bool _hasHurried;

    protected ShardOutput(Shard shard, StepCounters counters, LaneCapture capture, EpochEnd end, Action hurry)
    {
        Outbox = new ShardOutbox(counters.Step);
        StateSerializers serializers = capture.Serializers.For(counters.Step);
        StateSerializer<T> values = serializers.Of<T>();
        StateSerializer<RecordOrigin> origins = serializers.Of<RecordOrigin>();
        _frames = [.. Enumerable.Range(0, shard.Count).Select(_ => new ShardFrameWriter<T>(shard.Index, values, origins))];
        _counters = counters;
        _capture = capture;
        _epoch = capture.EpochBefore;
        _end = end;
        _hurry = hurry;
    }

    public ShardOutbox Outbox { get; }

    public sealed override bool IsReady
    {
        get
        {
            if (_fullBytes < MaxBytes)
            {
                return true;
            }

            if (!_hasHurried)
            {
                _hasHurried = true;
                _hurry();
            }

            return false;
        }
    }

    protected int Receivers => _frames.Length;

    public sealed override void OnBatch(scoped in Batch<T> batch)
    {
        _counters.RecordsIn += batch.Count;
        _counters.RecordsOut += batch.Count;
        Announce();
        Distribute(in batch);
    }

    public sealed override void OnWatermark(long watermark)
    {
        _counters.Watermark = watermark;
        if (watermark == Time.Watermark.End)
        {
            // A shard without partitions to read has nothing that others could wait for, but it may have some the next time.
            _isIdle = true;
        }
        else
        {
            _watermark = watermark;
        }
    }

    public sealed override void OnIdle(bool idle) => _isIdle = idle;

    /// <summary>Event time is assigned before the first exchange, so partitions mean nothing beyond it.</summary>
    public sealed override void OnPartition(SourcePartition partition, bool ended)
    {
    }

    public sealed override void OnBarrier(long epoch)
    {
        _epoch = epoch;
        _hasHurried = false;
        Announce();
        Contribute(epoch);
        _end.OnBarrier(epoch);
    }

    public sealed override void OnEnd()
    {
        Announce();
        Contribute(_epoch + 1);
        _end.OnEnd();
    }

    /// <summary>Adds the records of a batch to what goes to their receivers.</summary>
    protected abstract void Distribute(scoped in Batch<T> batch);

    protected void Add(int receiver, scoped in Batch<T> batch, int index)
    {
        ShardFrameWriter<T> frame = _frames[receiver];
        frame.Add(batch.Timestamps[index], batch.Values[index], batch.Origins[index]);
        if (frame.Length >= FrameBytes)
        {
            Seal(receiver);
        }
    }

    /// <summary>Signals that have come since the last records go behind these, and before those that follow.</summary>
    private void Announce()
    {
        if (_watermark != _announced)
        {
            _announced = _watermark;
            Array.ForEach(_frames, frame => frame.AddWatermark(_watermark));
        }

        if (_isIdle != _announcedIdle)
        {
            _announcedIdle = _isIdle;
            Array.ForEach(_frames, frame => frame.AddIdle(_isIdle));
        }
    }

    private void Seal(int receiver)
    {
        byte[] bytes = _frames[receiver].Finish().ToArray();
        _full.Add((receiver, bytes));
        _fullBytes += bytes.Length;
        _frames[receiver].Clear();
    }

    private void Contribute(long epoch)
    {
        for (int receiver = 0; receiver < _frames.Length; receiver++)
        {
            if (!_frames[receiver].IsEmpty)
            {
                Seal(receiver);
            }
        }

        if (_full.Count > 0)
        {
            EpochContribution contribution = _capture.For(epoch);
            contribution.Begin(SectionKind.Outbox, Outbox.Number);
            Span<byte> key = stackalloc byte[sizeof(int)];
            foreach ((int receiver, byte[] frame) in _full)
            {
                BinaryPrimitives.WriteInt32LittleEndian(key, receiver);
                contribution.Put(key, frame);
            }
        }

        _full.Clear();
        _fullBytes = 0;
    }
}
