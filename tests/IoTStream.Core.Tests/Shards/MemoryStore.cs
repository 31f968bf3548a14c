using System.Buffers.Binary;
using System.Text;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Shards;

/// <summary>The epochs of a shard of a <see cref="MemoryCluster"/>, all of which are kept.</summary>
internal sealed class MemoryStore : IEpochStore
{
    private readonly MemoryCluster _cluster;
    private readonly int _shard;
    private readonly int _owner;
    private readonly IReadOnlyList<byte[]> _epochs;

    public MemoryStore(MemoryCluster cluster, int shard)
    {
        _cluster = cluster;
        _shard = shard;
        _owner = cluster.Own(shard);
        _epochs = cluster.EpochsOf(shard);
        LastEpoch = _epochs.Count;
    }

    public Guid Identity { get; } = new(0, 0, 0, new byte[8]);

    public long LastEpoch { get; private set; }

    public long Base => 1;

    public long FirstEpoch => 1;

    public long TotalBytes => 0;

    public long CutOffBytes => 0;

    public bool KeepsEntries => true;

    public bool AppliesOutboxes => true;

    public IEpochReader Read(long from) => new Reader(_epochs, (int)from);

    public long Commit(
        long turnStart,
        bool completesTurn,
        long keepFrom,
        ReadOnlySpan<EpochTable> tables,
        ReadOnlySpan<byte> description,
        ReadOnlySpan<EpochContribution> contributions)
    {
        long number = LastEpoch + 1;
        var payload = new EpochPayload();
        payload.Write(new EpochHeader(number, Time: 0, turnStart, CompletesTurn: false, Base), tables, description, contributions);
        byte[] bytes = [.. payload.Bytes.Parts.SelectMany(static part => part.ToArray())];
        Dictionary<int, string> steps = tables.ToArray().ToDictionary(static table => table.Number, static table => StateName.Parse(table.Name).Step);
        List<(string, int, byte[])> frames = [];
        List<string> written = [];
        foreach (EpochSection section in new Epoch(number, bytes))
        {
            if (section.Kind != SectionKind.Outbox)
            {
                continue;
            }

            foreach (EpochEntry entry in section)
            {
                if (entry.Key.IsEmpty)
                {
                    written.AddRange(Encoding.UTF8.GetString(entry.Value).Split('\n', StringSplitOptions.RemoveEmptyEntries));
                }
                else
                {
                    frames.Add((steps[section.Table], BinaryPrimitives.ReadInt32LittleEndian(entry.Key), entry.Value.ToArray()));
                }
            }
        }

        _cluster.Commit(_shard, _owner, bytes, frames, written);
        return LastEpoch = number;
    }

    public Savepoint CreateSavepoint(string name) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private sealed class Reader(IReadOnlyList<byte[]> epochs, int next) : IEpochReader
    {
        private int _next = next;

        public bool TryRead(out Epoch epoch)
        {
            epoch = _next <= epochs.Count ? new Epoch(_next, epochs[_next - 1]) : default;
            return _next++ <= epochs.Count;
        }

        public void Dispose()
        {
        }
    }
}
