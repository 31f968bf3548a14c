using IoTStream.Runtime;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>The frames that have come for a step of a shard. Filled by the thread that receives, emptied by the lane.</summary>
internal sealed class ShardInbox(Action notify, Action<long?> begin) : IShardInbox
{
    private readonly Lock _gate = new();
    private readonly Queue<(long Offset, byte[] Frame)> _frames = [];
    private volatile Exception? _failure;
    private long _bytes;

    public long Position { get; private set; }

    /// <summary>How many bytes wait.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public void Begin(long? position) => begin(position);

    public bool TryTake(out ReadOnlyMemory<byte> frame)
    {
        if (_failure is { } failure)
        {
            throw failure;
        }

        lock (_gate)
        {
            if (!_frames.TryDequeue(out (long Offset, byte[] Frame) found))
            {
                frame = default;
                return false;
            }

            Interlocked.Add(ref _bytes, -found.Frame.Length);
            Position = found.Offset + 1;
            frame = found.Frame;
            return true;
        }
    }

    public void Add(long offset, byte[] frame)
    {
        lock (_gate)
        {
            _frames.Enqueue((offset, frame));
            Interlocked.Add(ref _bytes, frame.Length);
        }

        notify();
    }

    public void Fail(Exception exception)
    {
        _failure = exception;
        notify();
    }
}
