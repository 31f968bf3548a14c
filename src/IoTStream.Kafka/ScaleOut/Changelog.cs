using System.Buffers.Binary;
using System.Text;
using Confluent.Kafka;
using IoTStream.Kafka.Connectors;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>
/// The epochs of a shard: each is a transaction of its outputs, what goes to other shards, its positions in the sources, and the changes of its state, which go to a compacted topic. Not thread-safe.
/// </summary>
internal sealed class Changelog : IEpochStore
{
    private const byte Version = 1;
    private const long ChunkBytes = 16 * 1024 * 1024;

    private readonly ShardSettings _settings;
    private readonly KafkaShard _shard;
    private readonly CancellationToken _stop;
    private readonly TransactionClient _client;
    private readonly ChangelogReader _reader;
    private readonly EpochPayload _payload = new();
    private readonly EpochContribution _positions = new();
    private readonly List<EpochContribution> _restored = [];
    private readonly Dictionary<KafkaPartition, long> _offsets = [];
    private readonly Dictionary<string, long> _taken = new(StringComparer.Ordinal);
    private ChangelogTables _tables = new();
    private byte[]? _last;
    private byte[] _lastPositions = [];
    private int _restoredNumber;
    private bool _hasCommitted;

    /// <param name="settings">What the shards of the application have in common.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="stop">Cancelled when the shard has to go at once.</param>
    public Changelog(ShardSettings settings, KafkaShard shard, CancellationToken stop)
    {
        _settings = settings;
        _shard = shard;
        _stop = stop;
        Identity = settings.IdentityOf(shard.Index);
        _client = new TransactionClient(settings.Options.Cluster, settings.ProducerOptions, $"{settings.Topics.ApplicationId}-shard-{shard.Index}", $"Shard {shard.Index} of '{settings.Topics.ApplicationId}'", settings.Options.TimeProvider);
        _reader = new ChangelogReader(settings.Options.Cluster, settings.Topics.ApplicationId, Place, settings.Options.TimeProvider);
    }

    public Guid Identity { get; }

    public long LastEpoch { get; private set; }

    public long Base => 0;

    public long FirstEpoch => LastEpoch;

    public long TotalBytes { get; private set; }

    public long CutOffBytes => 0;

    public bool KeepsEntries => true;

    public bool AppliesOutboxes => true;

    private TopicPartition Place => new(_settings.Topics.Changelog, _shard.Index);

    /// <summary>Takes the place of whoever ran the shard before, and reads what it has kept. Blocks.</summary>
    public void Open()
    {
        _client.Initialize(_stop);
        TotalBytes = _reader.Read(Restore, _stop);
        if (_last is { } last)
        {
            int at = 1;
            if (last.Length == 0 || last[0] != Version)
            {
                throw new InvalidDataException($"The changelog {Place} was not written by this version of the library: run the version that wrote it, or reset the application.");
            }

            _tables = ChangelogTables.Read(last, ref at);
            _last = last[at..];
            LastEpoch = EpochHeader.Read(_last).Epoch;
        }
        else
        {
            _restored.Clear();
        }
    }

    public IEpochReader Read(long from) => new ChangelogEpochs(LastEpoch, from == LastEpoch ? [_last!] : State());

    public long Commit(
        long turnStart,
        bool completesTurn,
        long keepFrom,
        ReadOnlySpan<EpochTable> tables,
        ReadOnlySpan<byte> description,
        ReadOnlySpan<EpochContribution> contributions)
    {
        _restored.Clear();
        long epoch = LastEpoch + 1;
        var header = new EpochHeader(epoch, _settings.Options.TimeProvider.GetUtcNow().UtcTicks, turnStart, CompletesTurn: false, Base);
        _payload.Write(in header, tables, description, contributions);
        byte[] bytes = Bytes(_payload.Bytes);
        List<EncodedMessage> messages = Retire(tables);
        Dictionary<KafkaPartition, long> offsets = [];
        Translate(new Epoch(epoch, bytes), tables, messages, offsets);
        byte[] positions = Bytes(_positions);
        if (messages.Count > 0 || !_hasCommitted || !positions.AsSpan().SequenceEqual(_lastPositions))
        {
            messages.Add(Message(_settings.Topics.Changelog, _shard.Index, [0], Last(in header, tables, description)));
            if (!_hasCommitted)
            {
                messages.Add(Message(_settings.Topics.Owners, 0, BitConverter.GetBytes(_shard.Index), _settings.Options.Address is { } address ? Encoding.UTF8.GetBytes(address) : null));
            }

            Run(epoch, messages, offsets);
            _lastPositions = positions;
            _hasCommitted = true;
            foreach ((string step, long position) in _taken)
            {
                _shard.NoteCommitted(step, position);
            }
        }

        _last = null;
        LastEpoch = epoch;
        return epoch;
    }

    public Savepoint CreateSavepoint(string name) => throw new NotSupportedException("There are no savepoints of a topology that is scaled out.");

    public void Dispose() => _client.Dispose();

    private static byte[] Bytes(ByteChunks chunks)
    {
        byte[] bytes = new byte[chunks.Length];
        int at = 0;
        foreach (ReadOnlyMemory<byte> part in chunks.Parts)
        {
            part.Span.CopyTo(bytes.AsSpan(at));
            at += part.Length;
        }

        return bytes;
    }

    private static byte[] Bytes(EpochContribution contribution)
    {
        contribution.End();
        return Bytes(contribution.Sections);
    }

    private static EncodedMessage Message(string topic, int partition, byte[]? key, byte[]? value) => new(topic, partition, Timestamp: -1, key, value, Headers: null);

    private void Restore(byte[] key, byte[]? value)
    {
        int at = 0;
        int number = (int)Length.Read(key, ref at);
        if (number == 0)
        {
            _last = value;
            return;
        }

        if (_restored.Count == 0 || _restored[^1].Size > ChunkBytes)
        {
            _restored.Add(new EpochContribution());
            _restoredNumber = 0;
        }

        EpochContribution chunk = _restored[^1];
        if (number != _restoredNumber)
        {
            _restoredNumber = number;
            chunk.Begin(SectionKind.Changes, number);
        }

        if (value is null)
        {
            chunk.Delete(key.AsSpan(at));
        }
        else
        {
            chunk.Put(key.AsSpan(at), value);
        }
    }

    private IEnumerable<byte[]> State()
    {
        EpochTable[] tables = [.. _tables.All];
        foreach (EpochContribution chunk in _restored)
        {
            _payload.Write(new EpochHeader(LastEpoch, Time: 0, TurnStart: 0, CompletesTurn: false, Base), tables, [], [chunk]);
            yield return Bytes(_payload.Bytes);
        }
    }

    /// <summary>What an epoch says of all tables, and where everything stands.</summary>
    private byte[] Last(in EpochHeader header, ReadOnlySpan<EpochTable> tables, ReadOnlySpan<byte> description)
    {
        var last = new ByteChunks();
        last.Append([Version]);
        _tables.Write(last);
        _payload.Write(in header, tables, description, [_positions]);
        last.AppendBorrowed(_payload.Bytes);
        return Bytes(last);
    }

    /// <summary>Makes messages of what an epoch consists of.</summary>
    private void Translate(in Epoch epoch, ReadOnlySpan<EpochTable> tables, List<EncodedMessage> messages, Dictionary<KafkaPartition, long> offsets)
    {
        _positions.Clear();
        Dictionary<int, EpochTable> byNumber = [];
        foreach (EpochTable table in tables)
        {
            byNumber.Add(table.Number, table);
        }

        Dictionary<int, ByteChunks> outboxes = [];
        foreach (EpochSection section in epoch)
        {
            EpochTable table = byNumber[section.Table];
            switch (section.Kind)
            {
                case SectionKind.Positions:
                    AddPositions(section, StateName.Parse(table.Name), offsets);
                    break;
                case SectionKind.Outbox:
                    AddOutbox(section, StateName.Parse(table.Name).Step, messages, outboxes);
                    break;
                default:
                    AddChanges(section, _tables.NumberOf(table.Name, table.Format), messages);
                    break;
            }
        }

        foreach (ByteChunks outbox in outboxes.Values)
        {
            messages.AddRange(EncodedMessages.Read(new System.Buffers.ReadOnlySequence<byte>(Bytes(outbox))));
        }
    }

    private void AddPositions(in EpochSection section, StateName name, Dictionary<KafkaPartition, long> offsets)
    {
        _positions.Begin(SectionKind.Positions, section.Table);
        foreach (EpochEntry entry in section)
        {
            _positions.Put(entry.Key, entry.Value);
            if (name.Part == SourcePositions.Part)
            {
                PartitionPositions.AddTo(offsets, entry.Value);
            }
            else if (name.Part == ShardInputState.Part)
            {
                _taken[name.Step] = BinaryPrimitives.ReadInt64LittleEndian(entry.Value);
            }
        }
    }

    private void AddOutbox(in EpochSection section, string step, List<EncodedMessage> messages, Dictionary<int, ByteChunks> outboxes)
    {
        if (_settings.Topics.IsExchange(step))
        {
            string topic = _settings.Topics.Repartition(step);
            foreach (EpochEntry entry in section)
            {
                messages.Add(Message(topic, BinaryPrimitives.ReadInt32LittleEndian(entry.Key), key: null, entry.Value.ToArray()));
            }

            return;
        }

        if (!outboxes.TryGetValue(section.Table, out ByteChunks? outbox))
        {
            outbox = new ByteChunks();
            outboxes.Add(section.Table, outbox);
        }

        foreach (EpochEntry entry in section)
        {
            outbox.Append(entry.Value);
        }
    }

    private void AddChanges(in EpochSection section, int number, List<EncodedMessage> messages)
    {
        Span<byte> prefix = stackalloc byte[Length.MaxSize];
        prefix = prefix[..Length.Write(prefix, (uint)number)];
        foreach (EpochEntry entry in section)
        {
            byte[] key = new byte[prefix.Length + entry.Key.Length];
            prefix.CopyTo(key);
            entry.Key.CopyTo(key.AsSpan(prefix.Length));
            messages.Add(Message(_settings.Topics.Changelog, _shard.Index, key, entry.IsDelete ? null : entry.Value.ToArray()));
        }
    }

    /// <summary>Entries of tables that are there no more, or are written in another way from now on, are deleted once, with the first epoch.</summary>
    private List<EncodedMessage> Retire(ReadOnlySpan<EpochTable> tables)
    {
        List<EncodedMessage> deletions = [];
        if (!_hasCommitted && _tables.Retire([.. tables]) is { Count: > 0 } gone)
        {
            _reader.Read(
                (key, value) =>
                {
                    int at = 0;
                    if (value is not null && gone.Contains((int)Length.Read(key, ref at)))
                    {
                        deletions.Add(Message(_settings.Topics.Changelog, _shard.Index, key, value: null));
                    }
                },
                _stop);
        }

        return deletions;
    }

    private void Run(long epoch, List<EncodedMessage> messages, Dictionary<KafkaPartition, long> offsets)
    {
        TopicPartitionOffset[] moved = [.. offsets
            .Where(offset => !_offsets.TryGetValue(offset.Key, out long known) || known != offset.Value)
            .Select(static offset => new TopicPartitionOffset(OffsetLookup.Of(offset.Key), new Offset(offset.Value)))];
        try
        {
            _client.Run($"epoch {epoch}", messages, moved, moved.Length > 0 ? _settings.Group : null, _stop);
        }
        catch (KafkaException exception) when (exception.Error.Code is ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch)
        {
            _shard.NoteFenced();
            throw;
        }

        foreach ((KafkaPartition partition, long offset) in offsets)
        {
            _offsets[partition] = offset;
        }

        foreach (EncodedMessage message in messages)
        {
            TotalBytes += message.Topic == _settings.Topics.Changelog ? (message.Key?.Length ?? 0) + (message.Value?.Length ?? 0) : 0;
        }
    }
}
