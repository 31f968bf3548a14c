using System.Collections.Concurrent;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>
/// Receives on a thread of its own what other shards send to one. A step for which too much waits is paused. What is committed as taken is deleted from its topic now and then.
/// </summary>
internal sealed class ShardInboxes(ShardSettings settings, int shard) : IAsyncDisposable
{
    private const long MostBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan CleaningInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CleaningTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentQueue<(string Topic, long? Position)> _begun = [];
    private readonly ConcurrentDictionary<string, long> _committed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _deleted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ShardInbox> _inboxes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _paused = new(StringComparer.Ordinal);
    private readonly ClientLog _log = new();
    private IConsumer<byte[]?, byte[]?>? _consumer;
    private Task? _thread;
    private Task _deleting = Task.CompletedTask;
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

            // It is done with the handle of the consumer, and by threads of its own.
            await _deleting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _consumer?.Dispose();
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
            // A position that means nothing any more is an error: to begin anew would repeat what was taken, or pass over what was not.
            IConsumer<byte[]?, byte[]?> consumer = _consumer = ClientFactory.CreateReader(settings.Options.Cluster, settings.Topics.ApplicationId, _log, AutoOffsetReset.Error);
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
        catch (ConsumeException exception)
        {
            throw Explain(exception);
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

    private static KafkaException Explain(ConsumeException exception)
    {
        ConsumeResult<byte[], byte[]> where = exception.ConsumerRecord;
        string place = where?.Topic is null ? "" : $" at {where.TopicPartitionOffset}";
        string text = exception.Error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange
            ? $"What shards have sent to one another is not there any more{place}: {exception.Error.Reason}. It was deleted by the topic's retention, or the topic was replaced: reset the application."
            : $"What shards send to one another cannot be read{place}: {exception.Error.Reason} ({exception.Error.Code}).";
        return new KafkaException(new Error(exception.Error.Code, text, exception.Error.IsFatal), exception);
    }

    private void DeleteTaken(IConsumer<byte[]?, byte[]?> consumer)
    {
        TopicPartitionOffset[] taken = [.. _committed
            .Where(committed => committed.Value > _deleted.GetValueOrDefault(committed.Key))
            .Select(committed => new TopicPartitionOffset(committed.Key, shard, new Offset(committed.Value)))];
        if (taken.Length == 0 || !_deleting.IsCompleted)
        {
            return;
        }

        Array.ForEach(taken, place => _deleted[place.Topic] = place.Offset.Value);
        _deleting = DeleteAsync(new DependentAdminClientBuilder(consumer.Handle).Build(), taken);
    }

    private static async Task DeleteAsync(IAdminClient admin, TopicPartitionOffset[] taken)
    {
        using (admin)
        {
            try
            {
                await admin.DeleteRecordsAsync(taken, new DeleteRecordsOptions { RequestTimeout = CleaningTimeout }).ConfigureAwait(false);
            }
            catch (KafkaException)
            {
                // The next time more is deleted.
            }
        }
    }
}
