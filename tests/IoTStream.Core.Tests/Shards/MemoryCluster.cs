using IoTStream.Connectors;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Shards;

/// <summary>What shards have in common, in memory: what each has committed, what they send to one another, and what their sinks have written. An epoch becomes visible whole or not at all.</summary>
internal sealed class MemoryCluster(int shards)
{
    private readonly Dictionary<(string Step, int Shard), List<byte[]>> _frames = [];
    private readonly Dictionary<(string Step, int Shard), Action> _readers = [];
    private readonly List<string> _written = [];
    private readonly List<byte[]>[] _epochs = [.. Enumerable.Range(0, shards).Select(static _ => new List<byte[]>())];
    private readonly int[] _owners = new int[shards];

    public Lock Gate { get; } = new();

    public int Shards => shards;

    /// <summary>What sinks have written so far.</summary>
    public IReadOnlyList<string> Written
    {
        get
        {
            lock (Gate)
            {
                return [.. _written];
            }
        }
    }

    /// <summary>What sinks write from now on is all that counts.</summary>
    public void ForgetWritten()
    {
        lock (Gate)
        {
            _written.Clear();
        }
    }

    /// <summary>The shard from now on belongs to whoever asks.</summary>
    public int Own(int shard)
    {
        lock (Gate)
        {
            return ++_owners[shard];
        }
    }

    /// <summary>All epochs that a shard has committed.</summary>
    public IReadOnlyList<byte[]> EpochsOf(int shard)
    {
        lock (Gate)
        {
            return [.. _epochs[shard]];
        }
    }

    public void Commit(int shard, int owner, byte[] epoch, IEnumerable<(string Step, int Receiver, byte[] Frame)> frames, IEnumerable<string> written)
    {
        List<Action> notified = [];
        lock (Gate)
        {
            if (_owners[shard] != owner)
            {
                throw new InvalidOperationException($"Shard {shard} belongs to somebody else.");
            }

            _epochs[shard].Add(epoch);
            _written.AddRange(written);
            foreach ((string step, int receiver, byte[] frame) in frames)
            {
                FramesOf(step, receiver).Add(frame);
                if (_readers.TryGetValue((step, receiver), out Action? notify))
                {
                    notified.Add(notify);
                }
            }
        }

        notified.ForEach(static notify => notify());
    }

    public IShardInbox InboxOf(string step, int shard, Action notify)
    {
        lock (Gate)
        {
            _readers[(step, shard)] = notify;
        }

        return new Inbox(this, FramesOf(step, shard));
    }

    private List<byte[]> FramesOf(string step, int shard)
    {
        lock (Gate)
        {
            if (!_frames.TryGetValue((step, shard), out List<byte[]>? frames))
            {
                frames = [];
                _frames.Add((step, shard), frames);
            }

            return frames;
        }
    }

    private sealed class Inbox(MemoryCluster cluster, List<byte[]> frames) : IShardInbox
    {
        public long Position { get; private set; }

        public void Begin(long? position) => Position = position ?? 0;

        public bool TryTake(out ReadOnlyMemory<byte> frame)
        {
            lock (cluster.Gate)
            {
                frame = Position < frames.Count ? frames[(int)Position] : default;
                if (frame.IsEmpty)
                {
                    return false;
                }

                Position++;
                return true;
            }
        }
    }
}
