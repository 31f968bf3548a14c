using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>Collects what goes from one shard to another in a frame. Used on one lane.</summary>
/// <param name="sender">The shard that sends.</param>
/// <param name="values">Makes bytes of records.</param>
/// <param name="origins">Makes bytes of their origins.</param>
internal sealed class ShardFrameWriter<T>(int sender, StateSerializer<T> values, StateSerializer<RecordOrigin> origins)
{
    private const int NoRun = -1;

    private readonly StateWriter _bytes = new();
    private RecordOrigin? _origin;
    private int _run = NoRun;
    private int _runLength;

    public bool IsEmpty => _bytes.Length == 0;

    public int Length => _bytes.Length;

    /// <summary>The frame. Then it is to be cleared.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        EndRun();
        return _bytes.Written;
    }

    public void Clear()
    {
        _bytes.Clear();
        _run = NoRun;
        _origin = null;
    }

    public void Add(long timestamp, T value, RecordOrigin origin)
    {
        if (_run == NoRun || !ReferenceEquals(origin, _origin))
        {
            BeginRun(origin);
        }

        _bytes.Write(timestamp);
        values.Write(_bytes, value);
        _runLength++;
    }

    public void AddWatermark(long watermark)
    {
        Begin(ShardFramePart.Watermark);
        _bytes.Write(watermark);
    }

    public void AddIdle(bool isIdle)
    {
        Begin(ShardFramePart.Idle);
        _bytes.Write(isIdle ? (byte)1 : (byte)0);
    }

    private void BeginRun(RecordOrigin origin)
    {
        Begin(ShardFramePart.Records);
        _origin = origin;
        _run = _bytes.Length;
        _runLength = 0;
        _bytes.Write(0);
        origins.Write(_bytes, origin);
    }

    private void Begin(ShardFramePart part)
    {
        EndRun();
        if (_bytes.Length == 0)
        {
            _bytes.Write(sender);
            _bytes.WriteText(values.Format);
        }

        _bytes.Write((byte)part);
    }

    private void EndRun()
    {
        if (_run != NoRun)
        {
            _bytes.Patch(_run, _runLength);
            _run = NoRun;
        }
    }
}
