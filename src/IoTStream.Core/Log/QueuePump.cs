using IoTStream.Connectors;
using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>Moves the records of a topic into the queue of a source, in the background, and stores where its consumer is.</summary>
internal sealed class QueuePump<T>(DurableQueue queue, string path, QueueRange range, IDecoder<T> decoder, TimeProvider timeProvider)
{
    private const int Capacity = 4096;

    private readonly DiskDirectory _directory = new(path);
    private readonly List<Item> _items = [];
    private long _first = -1;
    private long _acknowledged;
    private long _stored;

    /// <summary>Begins to read.</summary>
    public QueueReader<T> Start(SourceContext context, SourcePartition partition)
    {
        Task pumping = Task.CompletedTask;
        Task storing = Task.CompletedTask;
        var target = new SourceQueue<T>(context, Capacity, partition)
        {
            Acknowledged = count => Volatile.Write(ref _acknowledged, count),
            Disposing = async () =>
            {
                await pumping.ConfigureAwait(false);
                await storing.ConfigureAwait(false);
                await Task.Run(Store).ConfigureAwait(false);
            },
        };
        pumping = Task.Run(() => PumpAsync(target));
        storing = range.Consumer is null ? Task.CompletedTask : Task.Run(() => StoreAsync(target));
        return new QueueReader<T>(target, () => Volatile.Read(ref _first) is var first and >= 0 ? first : range.First);
    }

    private async Task PumpAsync(SourceQueue<T> target)
    {
        try
        {
            await ReadAllAsync(target).ConfigureAwait(false);
            target.Complete();
        }
        catch (OperationCanceledException) when (target.Stopping.IsCancellationRequested)
        {
            target.Complete();
        }
        catch (Exception exception)
        {
            target.Complete(exception);
        }
    }

    private async Task ReadAllAsync(SourceQueue<T> target)
    {
        long next = Math.Max(range.First, 0);
        using var reader = new TopicReader(_directory, range.Sequence);
        while (range.End < 0 || next < range.End)
        {
            if (!TryTake(reader, ref next))
            {
                await WaitAsync(reader, target.Stopping).ConfigureAwait(false);
                continue;
            }

            foreach (Item item in _items)
            {
                if (item.Reason is null)
                {
                    await target.WriteAsync(item.Value, item.Headers, item.Timestamp, target.Stopping).ConfigureAwait(false);
                }
                else
                {
                    await target.WriteDeadLetterAsync(item.Payload, item.Reason, item.Headers, target.Stopping).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Decodes the next batch.</summary>
    /// <returns>False if there is none yet.</returns>
    private bool TryTake(TopicReader reader, ref long next)
    {
        QueueBatch batch;
        if (TopicWriters.Find(path) is { } writer)
        {
            if (reader.NextSequence >= writer.CommittedSequence || !reader.TryRead(out batch))
            {
                return false;
            }
        }
        else if (!reader.TryReadDurable(out batch))
        {
            return false;
        }

        _items.Clear();
        long offset = batch.FirstOffset;
        foreach (QueueRecord record in batch)
        {
            if (offset >= range.First && (range.End < 0 || offset < range.End))
            {
                _items.Add(Decode(record));
                if (_first < 0)
                {
                    Volatile.Write(ref _first, offset);
                }
            }

            offset++;
        }

        next = offset;
        return true;
    }

    private Item Decode(QueueRecord record)
    {
        DateTimeOffset timestamp = Time.Ticks.ToInstant(record.Timestamp);
        RecordHeaders? headers = record.ReadHeaders();
        byte[] value = record.Value.ToArray();
        try
        {
            return new Item(decoder.Decode(new System.Buffers.ReadOnlySequence<byte>(value)), timestamp, headers, Reason: null, Payload: []);
        }
        catch (Exception exception)
        {
            return new Item(default!, timestamp, headers, exception, value);
        }
    }

    private async Task WaitAsync(TopicReader reader, CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        if (TopicWriters.Find(path) is { } writer)
        {
            await writer.WaitAsync(reader.NextSequence, stopping).ConfigureAwait(false);
        }
        else
        {
            await Task.Delay(queue.PollInterval, timeProvider, stopping).ConfigureAwait(false);
        }
    }

    private async Task StoreAsync(SourceQueue<T> target)
    {
        try
        {
            while (!target.Stopping.IsCancellationRequested)
            {
                await Task.Delay(queue.PositionInterval, timeProvider, target.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Store();
            }
        }
        catch (Exception exception)
        {
            target.Complete(exception);
        }
    }

    private void Store()
    {
        long count = Volatile.Read(ref _acknowledged);
        if (range.Consumer is not null && count > _stored)
        {
            new ConsumerPosition(_directory, range.Consumer).Write(Volatile.Read(ref _first) + count);
            _stored = count;
        }
    }

    private readonly record struct Item(T Value, DateTimeOffset Timestamp, RecordHeaders? Headers, Exception? Reason, byte[] Payload);
}
