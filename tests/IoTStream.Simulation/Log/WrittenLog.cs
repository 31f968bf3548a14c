using IoTStream.Log;
using IoTStream.Simulation.Disk;

namespace IoTStream.Simulation.Log;

/// <summary>A log that was written and closed, so that it can be damaged.</summary>
internal sealed class WrittenLog
{
    public static readonly SegmentedLogOptions Options = new(LogKind.Queue) { SegmentSize = 500 };

    public SimulatedDirectory Directory { get; } = new SimulatedDisk(new Random(0)).Directory("log");

    public List<byte[]> Payloads { get; } = [];

    public int FramesBeforeLastCommit { get; private set; }

    /// <summary>Where the last commit begins in the last segment.</summary>
    public long LastCommitOffset { get; private set; }

    public static WrittenLog Create(Random random, int commits, Func<Random, byte[]> payload)
    {
        var written = new WrittenLog();
        using SegmentedLog log = SegmentedLog.Open(written.Directory, Options);
        for (int i = 0; i < commits; i++)
        {
            written.FramesBeforeLastCommit = written.Payloads.Count;
            for (int frames = random.Next(1, 4); frames > 0; frames--)
            {
                written.Payloads.Add(payload(random));
                log.Append(1, written.Payloads[^1]);
            }

            long bytes = log.PendingBytes;
            log.Commit();
            written.LastCommitOffset = log.Segments[^1].Length - bytes;
        }

        return written;
    }

    public void Flip(string name, long bit)
    {
        byte[] content = [.. Directory.Files[name].Content];
        content[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        Directory.Plant(name, content);
    }

    /// <summary>Opens the log and reads all of it.</summary>
    public LogDamagedException? FindDamage(out List<byte[]> found)
    {
        found = [];
        try
        {
            using SegmentedLog log = SegmentedLog.Open(Directory, Options);
            using LogReader reader = log.Read(0);
            while (reader.TryRead(out LogFrame frame))
            {
                frame.Sequence.Should().Be(found.Count + 1);
                found.Add(frame.Payload.ToArray());
            }

            return null;
        }
        catch (LogDamagedException damage)
        {
            return damage;
        }
    }
}
