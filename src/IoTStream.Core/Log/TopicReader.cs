using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>Reads the batches of a topic in order, also while it is written. Not thread-safe.</summary>
/// <param name="directory">The directory of the topic.</param>
/// <param name="from">The sequence number of the first frame to read, or 0 for the first that there is.</param>
internal sealed class TopicReader(IDiskDirectory directory, long from) : IDisposable
{
    private readonly LogReader _log = new(directory, LogKind.Queue, from);

    /// <summary>The sequence number of the frame that comes next.</summary>
    public long NextSequence => _log.NextSequence;

    /// <summary>Finds the first batch with a record at an offset or behind it.</summary>
    /// <returns>The sequence number of its frame, or of the one that comes next if there is none yet.</returns>
    public static long FindOffset(IDiskDirectory directory, long offset) => Find(directory, (in QueueBatch batch) => batch.NextOffset > offset);

    /// <summary>Finds the first batch that was written at an instant or later.</summary>
    /// <returns>The sequence number of its frame and the offset of its first record, or those that come next if there is none yet.</returns>
    public static (long Sequence, long Offset) FindTime(IDiskDirectory directory, long ticks)
    {
        long offset = 0;
        long sequence = Find(directory, (in QueueBatch batch) =>
        {
            bool isFound = batch.Written >= ticks;
            offset = isFound ? batch.FirstOffset : batch.NextOffset;
            return isFound;
        });
        return (sequence, offset);
    }

    /// <summary>Finds out which offset the next record gets.</summary>
    public static long FindEnd(IDiskDirectory directory)
    {
        long end = 0;
        Find(directory, (in QueueBatch batch) =>
        {
            end = batch.NextOffset;
            return false;
        });
        return end;
    }

    /// <summary>Reads the next batch.</summary>
    /// <returns>False if there is none yet.</returns>
    public bool TryRead(out QueueBatch batch) => TryRead(out batch, out _);

    /// <summary>Reads the next batch, and sees to it that it is durable, whoever wrote it.</summary>
    public bool TryReadDurable(out QueueBatch batch)
    {
        if (!TryRead(out batch, out LogFrame frame))
        {
            return false;
        }

        _log.Sync(frame);
        return true;
    }

    public void Dispose() => _log.Dispose();

    private static long Find(IDiskDirectory directory, BatchTest isFound)
    {
        List<Segment> segments = SegmentList.Read(directory, LogKind.Queue);

        // The last segment that does not begin with what is looked for: that comes in this one, or first in the next.
        int begin = segments.Count - 1;
        while (begin > 0 && !BeginsBefore(directory, segments[begin], isFound))
        {
            begin--;
        }

        using var reader = new TopicReader(directory, begin < 0 ? 0 : segments[begin].First);
        while (true)
        {
            long sequence = reader.NextSequence;

            // Durable, as where a consumer begins may be stored, and must not be behind what a crash leaves of the topic.
            if (!reader.TryReadDurable(out QueueBatch batch) || isFound(batch))
            {
                return sequence;
            }
        }
    }

    private static bool BeginsBefore(IDiskDirectory directory, Segment segment, BatchTest isFound)
    {
        using var reader = new TopicReader(directory, segment.First);
        return reader.TryRead(out QueueBatch batch) && !isFound(batch);
    }

    private bool TryRead(out QueueBatch batch, out LogFrame frame)
    {
        if (!_log.TryRead(out frame))
        {
            batch = default;
            return false;
        }

        try
        {
            batch = new QueueBatch(frame.Payload);
            return true;
        }
        catch (ArgumentException exception)
        {
            throw new LogDamagedException(
                frame.File, frame.Offset, $"the frame is whole, but is no batch of records: {exception.Message}", "It was written by another program, or there is a defect in this one.");
        }
    }

    private delegate bool BatchTest(in QueueBatch batch);
}
