using IoTStream.Connectors;
using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>What part of a topic is to be read.</summary>
/// <param name="Sequence">The sequence number of the first frame; 0 for the first that there is.</param>
/// <param name="First">The offset of the first record; records before it that share its frame are passed over. -1 if the frame's first one is meant.</param>
/// <param name="End">The offset behind the last record; -1 if there is no end.</param>
/// <param name="Consumer">The name under which the position is stored, if any.</param>
internal sealed record QueueRange(long Sequence, long First, long End, string? Consumer)
{
    /// <summary>Finds out where to begin and where to end.</summary>
    /// <exception cref="LogPositionLostException">What is to be read has been deleted.</exception>
    /// <exception cref="InvalidOperationException">A consumer is ahead of its topic.</exception>
    public static QueueRange Of(string path, QueueStart start, QueueEnd end)
    {
        var directory = new DiskDirectory(path);
        long next = TopicReader.FindEnd(directory);
        long last = end == QueueEnd.Latest ? next : -1;
        return start switch
        {
            QueueStart.StoredPosition stored => OfConsumer(directory, stored, next, last),
            _ => Of(directory, start, next, last),
        };
    }

    /// <summary>Finds out where to go on when a part has been read, and where to end.</summary>
    /// <exception cref="LogPositionLostException">What is to be read has been deleted.</exception>
    /// <exception cref="InvalidDataException">More has been read than there is.</exception>
    public static QueueRange From(string path, long offset, QueueStart start, QueueEnd end, SourcePartition partition)
    {
        var directory = new DiskDirectory(path);
        long next = TopicReader.FindEnd(directory);
        var consumer = start as QueueStart.StoredPosition;

        // A source that was told to begin ahead of the topic may wait there.
        bool isAhead = (consumer?.First ?? start) is QueueStart.AtOffset first && first.Offset == offset;
        return offset <= next || isAhead
            ? Of(directory, QueueStart.At(offset), next, end == QueueEnd.Latest ? next : -1) with { Consumer = consumer?.Name }
            : throw new InvalidDataException(
                $"The topic '{path}' has been read up to offset {offset}, but it ends before {next}: it was replaced by another. Put back the topic that it was, or " +
                $"{PositionRemedies.BeginAnew(partition)}.");
    }

    private static QueueRange OfConsumer(DiskDirectory directory, QueueStart.StoredPosition stored, long next, long last)
    {
        var position = new ConsumerPosition(directory, stored.Name);
        if (position.Read() is not { } offset)
        {
            QueueRange range = Of(directory, stored.First, next, last) with { Consumer = stored.Name };
            if (range.First >= 0 && range.First <= next)
            {
                // From now on the consumer is here, even if nothing comes during its first job: what comes between that and the next is for it.
                position.Write(range.First);
            }

            return range;
        }

        return offset <= next
            ? Of(directory, QueueStart.At(offset), next, last) with { Consumer = stored.Name }
            : throw new InvalidOperationException(
                $"The consumer '{stored.Name}' is at offset {offset} of the topic '{directory.Path}', which ends before {next}: the topic was replaced by another. "
                + "Delete the consumer's file in 'consumers' to have it begin anew.");
    }

    private static QueueRange Of(DiskDirectory directory, QueueStart start, long next, long last)
    {
        switch (start)
        {
            case QueueStart.AtOffset at:
                ThrowIfDeleted(directory, at.Offset);
                return new QueueRange(TopicReader.FindOffset(directory, at.Offset), at.Offset, last, Consumer: null);
            case QueueStart.NextRecord:
                return new QueueRange(TopicReader.FindOffset(directory, next), next, last, Consumer: null);
            case QueueStart.AtTime since:
                (long sequence, long first) = TopicReader.FindTime(directory, since.Ticks);
                return new QueueRange(sequence, first, last, Consumer: null);
            default:
                return new QueueRange(Sequence: 0, First: -1, last, Consumer: null);
        }
    }

    private static void ThrowIfDeleted(DiskDirectory directory, long offset)
    {
        using var reader = new TopicReader(directory, from: 0);
        if (reader.TryRead(out QueueBatch first) && offset < first.FirstOffset)
        {
            throw new LogPositionLostException(directory.Path, offset, first.FirstOffset);
        }
    }
}
