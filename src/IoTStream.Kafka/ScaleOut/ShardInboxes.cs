using System.Collections.Concurrent;
using Confluent.Kafka;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>
/// Receives on a thread of its own what other shards send to one. A step for which too much waits is paused. What is committed as taken is deleted from its topic now and then.
/// </summary>
internal sealed class ShardInboxes(ShardSettings settings, int shard) : IAsyncDisposable
{
    private const long MostBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan CleaningInterval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<(string Topic, long? Position)> _begun = [];
    private readonly ConcurrentDictionary<string, long> _committed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _deleted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ShardInbox> _inboxes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _paused = new(StringComparer.Ordinal);
    private readonly ClientLog _log = new();
    private Task? _thread;
    private long _lastCleaning;
    private volatile bool _stops;

    /// <summary>What comes for a step. All of them are to be added before one begins.</summary>
    public ShardInbox Add(string step, Action notify)
    {
        string topic = settings.Topics.Repartition(step);
        var inbox = new ShardInbox(notify, position => Begin(topic, position));
        _inboxes.Add(topic, inbox);
        return inbox;
    }

    /// <summary>What comes before a place is not needed any more.</summary>
    public void NoteCommitted(string step, long position) => _committed[settings.Topics.Repartition(step)] = position;

    public async ValueTask DisposeAsync()
    {
        _stops = true;
        if (_thread is { } thread)
        {
            await thread.ConfigureAwait(false);
        }
    }

    private void Begin(string topic, long? position)
    {
        _begun.Enqueue((topic, position));
        _thread ??= Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Run()
    {
        try
        {
            using IConsumer<byte[]?, byte[]?> consumer = ClientFactory.CreateReader(settings.Options.Cluster, settings.Topics.ApplicationId, _log);
            _lastCleaning = settings.Options.TimeProvider.GetTimestamp();
            while (!_stops)
            {
                Serve(consumer);
                Receive(consumer);
            }
        }
        catch (Exception exception)
        {
            foreach (ShardInbox inbox in _inboxes.Values)
            {
                inbox.Fail(exception);
            }
        }
    }

    private void Serve(IConsumer<byte[]?, byte[]?> consumer)
    {
        if (_log.Fatal is { } fatal)
        {
            throw new KafkaException(fatal);
        }

        while (_begun.TryDequeue(out (string Topic, long? Position) begun))
        {
            consumer.IncrementalAssign([new TopicPartitionOffset(begun.Topic, shard, begun.Position is { } position ? new Offset(position) : Offset.Beginning)]);
        }

        foreach (string topic in _paused.Where(topic => _inboxes[topic].Bytes < MostBytes / 2).ToArray())
        {
            _paused.Remove(topic);
            consumer.Resume([new TopicPartition(topic, shard)]);
        }

        if (settings.Options.TimeProvider.GetElapsedTime(_lastCleaning) >= CleaningInterval)
        {
            _lastCleaning = settings.Options.TimeProvider.GetTimestamp();
            DeleteTaken(consumer);
        }
    }

    private void Receive(IConsumer<byte[]?, byte[]?> consumer)
    {
        ConsumeResult<byte[]?, byte[]?>? result;
        try
        {
            result = consumer.Consume(_paused.Count > 0 ? 5 : 50);
        }
        catch (ConsumeException exception) when (_log.Fatal is null && ConsumeFailure.IsPassing(exception.Error))
        {
            return;
        }

        if (result is { IsPartitionEOF: false })
        {
            ShardInbox inbox = _inboxes[result.Topic];
            inbox.Add(result.Offset.Value, result.Message.Value ?? []);
            if (inbox.Bytes >= MostBytes && _paused.Add(result.Topic))
            {
                consumer.Pause([result.TopicPartition]);
            }
        }
    }

    private void DeleteTaken(IConsumer<byte[]?, byte[]?> consumer)
    {
        TopicPartitionOffset[] taken = [.. _committed
            .Where(committed => committed.Value > _deleted.GetValueOrDefault(committed.Key))
            .Select(committed => new TopicPartitionOffset(committed.Key, shard, new Offset(committed.Value)))];
        if (taken.Length == 0)
        {
            return;
        }

        Array.ForEach(taken, place => _deleted[place.Topic] = place.Offset.Value);
        _ = DeleteAsync(new DependentAdminClientBuilder(consumer.Handle).Build(), taken);
    }

    private static async Task DeleteAsync(IAdminClient admin, TopicPartitionOffset[] taken)
    {
        using (admin)
        {
            try
            {
                await admin.DeleteRecordsAsync(taken).ConfigureAwait(false);
            }
            catch (KafkaException)
            {
                // The next time more is deleted.
            }
        }
    }
}
