using System.Buffers;
using System.Diagnostics;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Connectors;

/// <summary>Makes records of the messages of some partitions, on the lane. Its position is that of each of them.</summary>
internal sealed class ChunkReader<T>(ConsumerLoop loop, ChunkQueue queue, SourcePartition name, MessageDecoder<T> decoder, SourceContext context)
    : ISourceReader<T>, IPositioned, IAcknowledging
{
    private readonly Queue<(long Items, ConsumedPartition Partition, long Next)> _handedOut = new();
    private bool _isDisposed;
    private ConsumedPartition[] _known = [];
    private SourcePartition[] _partitions = [name];
    private long _items;

    public IReadOnlyList<SourcePartition> Partitions
    {
        get
        {
            ConsumedPartition[] now = queue.Partitions;
            if (!ReferenceEquals(now, _known))
            {
                _known = now;
                _partitions = [name, .. now.Select(static partition => partition.Partition)];
            }

            return _partitions;
        }
    }

    public ReadStatus Read(SourceBatch<T> batch)
    {
        if (!queue.TryBeginRead(out MessageChunk chunk, out bool hasEnded))
        {
            return hasEnded ? ReadStatus.Ended : ReadStatus.Drained;
        }

        bool hasMore = true;
        try
        {
            Read(chunk, batch);
            hasMore = chunk.Next < chunk.Count;
        }
        finally
        {
            queue.EndRead(hasMore);
        }

        return ReadStatus.More;
    }

    public void WritePosition(IBufferWriter<byte> position) => PartitionPositions.Write(queue, position);

    public void Acknowledge(long count)
    {
        bool any = false;
        while (_handedOut.TryPeek(out (long Items, ConsumedPartition Partition, long Next) first) && first.Items <= count)
        {
            _handedOut.Dequeue();
            first.Partition.Acknowledged = first.Next;
            any |= first.Partition.IsTakenAway;
        }

        if (any)
        {
            // Somebody waits for it, so that it can go to another member.
            queue.Pulse();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            await loop.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Read(MessageChunk chunk, SourceBatch<T> batch)
    {
        ConsumedPartition partition = chunk.Partition;
        batch.Partition = partition.Partition;
        if (chunk.IsBeginning)
        {
            batch.BeginPartition(partition.Partition);
        }

        int first = chunk.Next;
        int bytes = 0;
        int last = Math.Min(chunk.Count, first + batch.Free);
        for (int i = first; i < last; i++)
        {
            ref readonly MessageChunk.Entry entry = ref chunk[i];
            bytes += Math.Max(entry.KeyLength, 0) + Math.Max(entry.ValueLength, 0);
            Add(chunk, in entry, batch);
        }

        if (last > first)
        {
            chunk.Next = last;
            partition.Next = chunk[last - 1].Offset + 1;
            partition.AddWaiting(first - last, -bytes);
            _items += last - first;
            _handedOut.Enqueue((_items, partition, partition.Next));
        }

        if (chunk.IsEnd)
        {
            batch.EndPartition(partition.Partition);
        }
    }

    private void Add(MessageChunk chunk, in MessageChunk.Entry entry, SourceBatch<T> batch)
    {
        ConsumedPartition partition = chunk.Partition;
        RecordHeaders headers = entry.Headers is { Count: > 0 } own ? MessageHeaders.Of(partition.Id.Topic, own) : partition.SharedHeaders;
        DateTimeOffset timestamp = entry.Timestamp < 0 ? context.TimeProvider.GetUtcNow() : DateTimeOffset.FromUnixTimeMilliseconds(entry.Timestamp);
        using Activity? activity = MessageTracing.IsOn ? MessageTracing.StartProcessing(partition.Id, headers, entry.Offset, entry.ValueLength) : null;
        headers = MessageTracing.WithContext(headers, activity);
        var message = new KafkaMessage(partition.Id, entry.Offset, timestamp, chunk.KeyOf(in entry), chunk.ValueOf(in entry), headers);
        T value;
        try
        {
            value = decoder.Decode(in message);
        }
        catch (Exception reason)
        {
            MessageTracing.Fail(activity, reason);
            batch.AddDeadLetter(message.Value.ToArray(), reason, MessageHeaders.OfDeadLetter(in message));
            return;
        }

        batch.Add(value, timestamp, headers);
    }
}
