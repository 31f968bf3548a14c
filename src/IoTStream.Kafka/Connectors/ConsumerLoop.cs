using Confluent.Kafka;
using IoTStream.Connectors;
using IoTStream.Kafka.ScaleOut;

namespace IoTStream.Kafka.Connectors;

/// <summary>
/// Polls the one consumer of a source on a thread of its own and gives what comes to the readers, in chunks. A partition of which too much waits is paused. All calls of the client
/// are made on this thread, which they may block.
/// </summary>
internal sealed class ConsumerLoop : IRebalanceListener, IAsyncDisposable
{
    /// <summary>How many readers a source has that reads all partitions: as many lanes can work on them. The names of the readers, by which positions are found again, do not depend on how many are in use.</summary>
    public const int MostReaders = 16;

    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StoreInterval = TimeSpan.FromMilliseconds(100);

    private readonly KafkaCluster _cluster;
    private readonly TopicSelection _topics;
    private readonly KafkaSourceOptions _options;
    private readonly SourceContext _context;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClientLog _log = new();
    private readonly List<ConsumedPartition> _partitions = [];
    private readonly Dictionary<KafkaPartition, (long Next, long End)> _positions;
    private readonly SourceLoad _load;
    private readonly LagMeter _meter;
    private readonly int _chunkSize;
    private readonly TimeSpan _call;
    private IConsumer<RetainedBytes, RetainedBytes> _consumer = null!;
    private OffsetLookup _offsets = null!;
    private ConsumedPartition? _last;
    private ConsumedPartition[] _shown = [];
    private int _paused;
    private int _inTopics;
    private bool _hasOpenChunks;
    private bool _isOpen;
    private int _index;
    private long _nextStore;
    private long _nextDiscovery;
    private int _toDispose;
    private volatile bool _stops;

    public ConsumerLoop(KafkaCluster cluster, TopicSelection topics, KafkaSourceOptions options, SourceContext context)
    {
        _cluster = cluster;
        _topics = topics;
        _options = options;
        _context = context;
        _call = cluster.OpenTimeout < LongestCall ? cluster.OpenTimeout : LongestCall;
        _chunkSize = Math.Min(MessageChunk.Capacity, options.Capacity);
        Readers = [.. Enumerable.Range(0, SharesPartitions ? 1 : MostReaders).Select(_ => new ChunkQueue(context.NotifyAvailable, context.TimeProvider))];
        Names = [.. Enumerable.Range(0, MostReaders).Select(reader => new SourcePartition(context.Step, _index++, $"reader {reader}") { IsAwaited = false })];
        _positions = PartitionPositions.ReadAll(context, Names);
        _toDispose = Readers.Count;
        _load = new SourceLoad(context.TimeProvider, options.LagTarget);
        _meter = new LagMeter(context, () => Volatile.Read(ref _shown), _load);
    }

    /// <summary>What each reader is to hand out.</summary>
    public IReadOnlyList<ChunkQueue> Readers { get; }

    /// <summary>The first partition of each reader, which stands for the reader: no record comes from it.</summary>
    public IReadOnlyList<SourcePartition> Names { get; }

    private bool SharesPartitions => _options.Group?.SharesPartitions == true;

    /// <summary>Starts to read; completes when it is known where.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var thread = new Thread(Run) { IsBackground = true, Name = $"kafka {_context.Step} {_context.Topology}" };
        thread.Start();
        try
        {
            await _opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await StopAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A reader is disposed. The last one ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Decrement(ref _toDispose) <= 0)
        {
            await StopAsync().ConfigureAwait(false);
        }
    }

    IEnumerable<TopicPartitionOffset> IRebalanceListener.OnAssigned(IReadOnlyCollection<TopicPartition> partitions)
    {
        KafkaPartition[] ids = [.. partitions.Select(static partition => new KafkaPartition(partition.Topic, partition.Partition.Value))];
        ChunkQueue reader = Readers[0];
        Dictionary<KafkaPartition, long> committed = Retry(() => _offsets.Committed(ids));
        Dictionary<KafkaPartition, long> starts = Retry(() => _offsets.Starts([.. ids.Where(id => !committed.ContainsKey(id) && !_positions.ContainsKey(id))], _options.Start));
        List<TopicPartitionOffset> assigned = [];
        foreach (KafkaPartition id in ids)
        {
            // Another member may have gone on from where this one was, or this one has got further than it could commit before it crashed.
            long first = _positions.Remove(id, out (long Next, long End) own) ? Math.Max(own.Next, committed.GetValueOrDefault(id)) : committed.TryGetValue(id, out long offset) ? offset : starts[id];
            Add(reader, id, first, ConsumedPartition.Never);
            assigned.Add(new TopicPartitionOffset(OffsetLookup.Of(id), new Offset(first)));
        }

        reader.Remembered = new Dictionary<KafkaPartition, (long Next, long End)>(_positions);
        CountPartitions();
        return assigned;
    }

    void IRebalanceListener.OnRevoked(IReadOnlyCollection<TopicPartitionOffset> partitions)
    {
        ConsumedPartition[] leaving = Stop(partitions);
        if (!_stops)
        {
            AwaitAcknowledgements(leaving);
        }

        Commit(leaving);
        Remove(leaving);
    }

    void IRebalanceListener.OnLost(IReadOnlyCollection<TopicPartitionOffset> partitions) => Remove(Stop(partitions));

    private async Task StopAsync()
    {
        _stops = true;
        await _closed.Task.ConfigureAwait(false);
        _meter.Dispose();
    }

    private void Run()
    {
        Exception? error = null;
        try
        {
            _consumer = new ConsumerFactory(_cluster, _topics, _options).Create(new SourcePlace(_context.Topology, _context.Step), _log, SharesPartitions ? this : null);
            try
            {
                _offsets = new OffsetLookup(_consumer, _call);
                Open();
                _opened.SetResult();
                while (!_stops)
                {
                    Serve();
                    Poll();
                }

                Store();
            }
            finally
            {
                Close();
            }
        }
        catch (Exception exception)
        {
            error = exception;
        }

        if (error is not null)
        {
            _opened.TrySetException(error);
            foreach (ChunkQueue reader in Readers)
            {
                reader.Complete(error);
            }
        }

        _closed.SetResult();
    }

    private void Close()
    {
        _stops = true;
        try
        {
            _consumer.Close();
        }
        catch (KafkaException)
        {
            // The offsets could not be committed any more. They are for the other members, which read again what they do not know of.
        }

        _consumer.Dispose();
    }

    private void Open()
    {
        if (SharesPartitions)
        {
            Readers[0].Remembered = new Dictionary<KafkaPartition, (long Next, long End)>(_positions);
            _consumer.Subscribe(_topics.Topics);
            return;
        }

        List<KafkaPartition> found = Retry(() =>
        {
            Hear();
            try
            {
                return Discover();
            }
            finally
            {
                Hear();
            }
        });
        Dictionary<KafkaPartition, long> starts = Retry(() => _offsets.Starts(
            [.. found.Where(id => !_positions.ContainsKey(id))], _context.IsResumed ? KafkaStart.Earliest : _options.Start));
        for (int i = 0; i < found.Count; i++)
        {
            KafkaPartition id = found[i];
            bool isResumed = _positions.TryGetValue(id, out (long Next, long End) own);
            long end = isResumed && own.End != ConsumedPartition.Never && _options.End.IsBounded ? own.End : Retry(() => _offsets.End(id, _options.End));
            Add(Readers[i % MostReaders], id, isResumed ? own.Next : starts[id], end);
        }

        _consumer.Assign(_partitions.Where(static partition => !partition.IsComplete).Select(static partition => new TopicPartitionOffset(OffsetLookup.Of(partition.Id), new Offset(partition.Next))));
        CompleteReaders(atOpening: true);
        _isOpen = true;
        _nextDiscovery = After(_options.DiscoveryInterval);
    }

    /// <summary>Only while it is polled, the client asks for the tokens without which brokers let nobody in, and tells what it has met. Nothing is assigned to it yet.</summary>
    private void Hear()
    {
        try
        {
            _consumer.Consume(0);
        }
        catch (ConsumeException exception)
        {
            _log.Note(exception.Error);
        }
    }

    private List<KafkaPartition> Discover()
    {
        using IAdminClient admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        List<KafkaPartition> found = _topics.Discover(admin, _call);
        return _context.Shard is { } shard ? found.FindAll(partition => partition.Number % shard.Count == shard.Index) : found;
    }

    /// <summary>Repeats what fails because of the cluster, until the time for the opening is over.</summary>
    private T Retry<T>(Func<T> call)
    {
        long start = _context.TimeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                return call();
            }
            catch (KafkaException exception)
            {
                if (_stops || _log.Fatal is not null || _context.TimeProvider.GetElapsedTime(start) >= _cluster.OpenTimeout)
                {
                    string text = $"The source '{_context.Step}' could not find out for {_cluster.OpenTimeout} what there is to read at {_cluster.BootstrapServers}: {exception.Error.Reason}.{_log.Last}";
                    throw new KafkaException(new Error(exception.Error.Code, text), exception);
                }

                Readers[0].Wait(Patience);
            }
        }
    }

    private void Add(ChunkQueue reader, KafkaPartition id, long first, long end)
    {
        var partition = new ConsumedPartition(id, new SourcePartition(_context.Step, _index++, id.ToString()), first, end) { Reader = reader };
        _partitions.Add(partition);
        Volatile.Write(ref _shown, [.. _partitions]);
        reader.Add(partition, isAnnounced: !_isOpen && !SharesPartitions);
    }

    private void Poll()
    {
        ConsumeResult<RetainedBytes, RetainedBytes>? result;
        try
        {
            result = _consumer.Consume(_hasOpenChunks ? 0 : _paused > 0 ? 5 : 100);
        }
        catch (ConsumeException exception)
        {
            if (_log.Fatal is null && ConsumeFailure.IsPassing(exception.Error))
            {
                return;
            }

            throw ConsumeFailure.Explain(exception, _context.Step);
        }

        if (result is null)
        {
            PublishAll();
        }
        else
        {
            Take(result);
        }
    }

    private void Take(ConsumeResult<RetainedBytes, RetainedBytes> result)
    {
        if (Find(result) is not { IsComplete: false } partition)
        {
            return;
        }

        long offset = result.Offset.Value;
        if (offset >= partition.End)
        {
            Complete(partition);
        }
        else if (!result.IsPartitionEOF)
        {
            Add(partition, offset, result.Message);
            if (offset + 1 >= partition.End)
            {
                Complete(partition);
            }
        }
    }

    private ConsumedPartition? Find(ConsumeResult<RetainedBytes, RetainedBytes> result)
    {
        int number = result.Partition.Value;
        if (_last is { } last && last.Id.Number == number && (result.Topic is null || result.Topic == last.Id.Topic))
        {
            return last;
        }

        return _last = _partitions.Find(partition => partition.Id.Number == number && (result.Topic is null || result.Topic == partition.Id.Topic));
    }

    private void Add(ConsumedPartition partition, long offset, Message<RetainedBytes, RetainedBytes> message)
    {
        MessageChunk chunk = partition.Open ??= partition.Reader.Rent(partition);
        if (chunk.Count > 0 && chunk.Bytes + message.Key.Length + message.Value.Length > MessageChunk.CapacityBytes)
        {
            Publish(partition);
            chunk = partition.Open ??= partition.Reader.Rent(partition);
        }

        chunk.Add(offset, message.Timestamp.Type == TimestampType.NotAvailable ? -1 : message.Timestamp.UnixTimestampMs, message.Headers, message.Key, message.Value);
        _hasOpenChunks = true;
        if (chunk.IsFull || chunk.Count >= _chunkSize)
        {
            Publish(partition);
        }
    }

    private void PublishAll()
    {
        if (_hasOpenChunks)
        {
            _hasOpenChunks = false;
            foreach (ConsumedPartition partition in _partitions)
            {
                Publish(partition);
            }
        }
    }

    private void Publish(ConsumedPartition partition)
    {
        if (partition.Open is not { } chunk)
        {
            return;
        }

        partition.Open = null;
        partition.AddWaiting(chunk.Count, chunk.Bytes);
        partition.Reader.Enqueue(chunk);
        if (IsFull(partition))
        {
            HoldBack(partition);
        }
    }

    private bool IsFull(ConsumedPartition partition) => partition.Waiting >= _options.Capacity || partition.WaitingBytes >= _options.CapacityBytes;

    private bool HasRoom(ConsumedPartition partition) => partition.Waiting <= _options.Capacity / 2 && partition.WaitingBytes <= _options.CapacityBytes / 2;

    /// <summary>Pausing makes the client fetch again what it has fetched ahead: first it is seen whether the lane goes on.</summary>
    private void HoldBack(ConsumedPartition partition)
    {
        while (!_stops && !HasRoom(partition))
        {
            if (!partition.Reader.Wait(LongestHold))
            {
                _consumer.Pause([OffsetLookup.Of(partition.Id)]);
                partition.IsPaused = true;
                _paused++;
                return;
            }
        }
    }

    private void Complete(ConsumedPartition partition)
    {
        Publish(partition);
        partition.IsComplete = true;
        MessageChunk end = partition.Reader.Rent(partition);
        end.IsEnd = true;
        partition.Reader.Enqueue(end);
        _consumer.Pause([OffsetLookup.Of(partition.Id)]);
        CompleteReaders(atOpening: false);
    }

    /// <summary>Ends the readers that have nothing more to read, and at the opening those that have nothing at all, as event time would wait for their lanes.</summary>
    private void CompleteReaders(bool atOpening)
    {
        foreach (ChunkQueue reader in Readers)
        {
            bool isFirst = ReferenceEquals(reader, Readers[0]);
            bool hasNothing = reader.Partitions.Length == 0;
            bool mayHaveNothing = !isFirst || _context.Shard is not null;
            if (_options.End.IsBounded ? reader.Partitions.All(static partition => partition.IsComplete) : atOpening && hasNothing && mayHaveNothing)
            {
                reader.Complete(error: null);
            }
        }
    }

    /// <summary>What is to be done besides polling.</summary>
    private void Serve()
    {
        if (_log.Fatal is { } fatal)
        {
            throw new KafkaException(fatal);
        }

        if (_paused > 0)
        {
            Resume();
        }

        long now = _context.TimeProvider.GetTimestamp();
        if (now >= _nextStore)
        {
            _nextStore = After(StoreInterval);
            Store();
            MeasureLag();
        }

        if (_isOpen && !_options.End.IsBounded && now >= _nextDiscovery)
        {
            _nextDiscovery = After(_options.DiscoveryInterval);
            AddNewPartitions();
        }
    }

    private void Resume()
    {
        foreach (ConsumedPartition partition in _partitions)
        {
            if (partition.IsPaused && HasRoom(partition))
            {
                partition.IsPaused = false;
                _paused--;
                _consumer.Resume([OffsetLookup.Of(partition.Id)]);
            }
        }
    }

    /// <summary>Lets the client commit what is acknowledged, when its interval is over.</summary>
    private void Store()
    {
        if (_options.Group is null)
        {
            return;
        }

        foreach (ConsumedPartition partition in _partitions)
        {
            long acknowledged = partition.Acknowledged;
            if (acknowledged > partition.Committed && !partition.IsTakenAway)
            {
                _consumer.StoreOffset(new TopicPartitionOffset(OffsetLookup.Of(partition.Id), new Offset(acknowledged)));
                partition.Committed = acknowledged;
            }
        }
    }

    private void MeasureLag()
    {
        foreach (ConsumedPartition partition in _partitions)
        {
            // What the client knows from its last fetch; it asks nobody.
            partition.MeasureLag(_consumer.GetWatermarkOffsets(OffsetLookup.Of(partition.Id)).High.Value);
        }

        // Of the other shards of a process nothing is known here, and so not how many processes there should be.
        _load.Sample(_partitions, Readers, _context.Shard is not null ? 0 : SharesPartitions ? _inTopics : _partitions.Count);
    }

    private void AddNewPartitions()
    {
        try
        {
            List<KafkaPartition> found = [.. Discover().Where(id => !_partitions.Exists(known => known.Id == id))];
            if (found.Count > 0 && _partitions.Count == 0 && _context.Shard is KafkaShard shard)
            {
                // All readers have ended, so that event time does not wait for the shard.
                shard.BeginAnew();
                return;
            }

            Dictionary<KafkaPartition, long> starts = _offsets.Starts(found, KafkaStart.Earliest);
            foreach (KafkaPartition id in found)
            {
                // A reader that has ended stays so.
                ChunkQueue reader = Readers.Where(reader => reader.Partitions.Length > 0).DefaultIfEmpty(Readers[0]).MinBy(static reader => reader.Partitions.Length)!;
                Add(reader, id, starts[id], ConsumedPartition.Never);
                _consumer.IncrementalAssign([new TopicPartitionOffset(OffsetLookup.Of(id), new Offset(starts[id]))]);
            }
        }
        catch (KafkaException) when (_log.Fatal is null)
        {
            // The cluster is away, or a topic has gone: what is read goes on or says so, and the next look comes soon.
        }
    }

    /// <summary>How many partitions the members share. A topic that gets more of them is dealt out anew.</summary>
    private void CountPartitions()
    {
        try
        {
            _inTopics = Discover().Count;
        }
        catch (KafkaException)
        {
            // It is for a metric, which tells what was known before.
        }
    }

    private ConsumedPartition[] Stop(IReadOnlyCollection<TopicPartitionOffset> partitions)
    {
        ConsumedPartition[] leaving = [.. _partitions.Where(known => partitions.Any(partition => partition.Partition.Value == known.Id.Number && partition.Topic == known.Id.Topic))];
        foreach (ConsumedPartition partition in leaving)
        {
            partition.Reader.Stop(partition);
        }

        return leaving;
    }

    /// <summary>What was handed out is to be the pipeline's for good before another member reads behind it.</summary>
    private void AwaitAcknowledgements(ConsumedPartition[] leaving)
    {
        long start = _context.TimeProvider.GetTimestamp();
        while (!_stops
            && Array.Exists(leaving, static partition => partition.Acknowledged < partition.Next)
            && _context.TimeProvider.GetElapsedTime(start) < _options.Group!.HandOverTimeout)
        {
            _context.RequestEpoch();
            Readers[0].Wait(Patience);
        }
    }

    private void Commit(ConsumedPartition[] leaving)
    {
        try
        {
            List<TopicPartitionOffset> offsets = [.. leaving.Where(static partition => partition.HasProgressed)
                .Select(static partition => new TopicPartitionOffset(OffsetLookup.Of(partition.Id), new Offset(partition.Acknowledged)))];
            if (offsets.Count > 0)
            {
                // The client commits what is stored once more when it gives a partition up: an earlier offset, if it were not told.
                offsets.ForEach(_consumer.StoreOffset);
                _consumer.Commit(offsets);
            }
        }
        catch (KafkaException)
        {
            // The next member reads again what it does not know of.
        }
    }

    private void Remove(ConsumedPartition[] leaving)
    {
        foreach (ConsumedPartition partition in leaving)
        {
            _partitions.Remove(partition);
            _paused -= partition.IsPaused ? 1 : 0;
            partition.Reader.Remove(partition);
        }

        _last = null;
        Volatile.Write(ref _shown, [.. _partitions]);
    }

    private long After(TimeSpan time) => _context.TimeProvider.GetTimestamp() + (long)(time.TotalSeconds * _context.TimeProvider.TimestampFrequency);
}
