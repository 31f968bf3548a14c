using System.Globalization;
using System.Text;
using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>
/// The state of a job as of one epoch, kept under a name: the segments that it follows from, linked where the file system can and copied where it cannot.
/// It lies in the log's directory under <c>savepoints/NAME</c> and can be moved or copied anywhere.
/// </summary>
internal sealed class Savepoint
{
    private const string Folder = "savepoints";
    private const string ManifestName = "savepoint";
    private const string UnfinishedManifestName = "savepoint.tmp";

    private readonly IDiskDirectory _directory;

    private Savepoint(IDiskDirectory directory, string name, long baseEpoch, long epoch, long time)
    {
        _directory = directory;
        Name = name;
        Base = baseEpoch;
        Epoch = epoch;
        Time = time;
    }

    public string Name { get; }

    /// <summary>Its directory.</summary>
    public string Path => _directory.Path;

    /// <summary>The epoch from which on replaying gives all of the state.</summary>
    public long Base { get; }

    /// <summary>The last epoch in it.</summary>
    public long Epoch { get; }

    /// <summary>When it was taken, in UTC ticks.</summary>
    public long Time { get; }

    /// <summary>Keeps a log that nobody writes meanwhile.</summary>
    public static Savepoint Create(IDiskDirectory log, string name, IReadOnlyList<Segment> segments, long baseEpoch, long epoch, long time)
    {
        FileNames.Check(name, "savepoint");
        if (epoch == 0)
        {
            throw new InvalidOperationException("There is nothing to keep in a savepoint before the first epoch is committed.");
        }

        IDiskDirectory directory = log.Subdirectory(Folder).Subdirectory(name);
        if (directory.List().Contains(ManifestName))
        {
            // Whoever made it may have died before it was there to stay, and the caller is going to rely on it.
            directory.Sync();
            throw new ArgumentException($"There is a savepoint '{name}' already: give another name, or delete the directory '{directory.Path}'.", nameof(name));
        }

        // What an attempt that failed left there.
        foreach (string left in directory.List())
        {
            directory.Delete(left);
        }

        int first = segments.ToList().FindLastIndex(segment => segment.First <= baseEpoch);
        for (int i = first; i < segments.Count - 1; i++)
        {
            log.Link(segments[i].Header.FileName, directory);
        }

        Copy(log, directory, segments[^1]);
        directory.Sync();
        WriteManifest(directory, baseEpoch, epoch, time);
        return new Savepoint(directory, name, baseEpoch, epoch, time);
    }

    /// <summary>The savepoints of a log by name. Those whose making was cut short are none.</summary>
    public static IReadOnlyList<Savepoint> List(IDiskDirectory log)
    {
        IDiskDirectory? folder = log.FindSubdirectory(Folder);
        return folder is null ? [] : [.. folder.Subdirectories().Select(name => TryOpen(folder.Subdirectory(name), name)).OfType<Savepoint>()];
    }

    /// <summary>Opens a savepoint of a log.</summary>
    /// <exception cref="ArgumentException">There is none of the name.</exception>
    public static Savepoint Open(IDiskDirectory log, string name)
    {
        FileNames.Check(name, "savepoint");
        IDiskDirectory? directory = log.FindSubdirectory(Folder)?.FindSubdirectory(name);
        return (directory is null ? null : TryOpen(directory, name)) ?? throw new ArgumentException(
            $"'{log.Path}' has no savepoint '{name}'. There are: {string.Join(", ", List(log).Select(savepoint => savepoint.Name))}.", nameof(name));
    }

    /// <summary>Opens a savepoint by its own directory, wherever it was moved to.</summary>
    /// <exception cref="ArgumentException">The directory is no savepoint.</exception>
    public static Savepoint Open(IDiskDirectory directory) =>
        TryOpen(directory, System.IO.Path.GetFileName(directory.Path))
        ?? throw new ArgumentException($"'{directory.Path}' is no savepoint: it has no file '{ManifestName}'.", nameof(directory));

    /// <summary>Reads the epochs that give its state. The last one that comes is <see cref="Epoch"/>; if an earlier one is, the savepoint is damaged.</summary>
    public EpochReader Replay() => new(_directory, Base);

    // The last segment goes on being written, so it cannot be linked.
    private static void Copy(IDiskDirectory log, IDiskDirectory directory, Segment segment)
    {
        using IDiskFile source = log.Open(segment.Header.FileName, writable: false);
        using IDiskFile target = directory.Create(segment.Header.FileName);
        byte[] piece = new byte[1024 * 1024];
        for (long at = 0; at < segment.Length;)
        {
            int count = source.Read(at, piece.AsSpan(0, (int)Math.Min(piece.Length, segment.Length - at)));
            if (count == 0)
            {
                throw new EndOfStreamException($"'{segment.Header.FileName}' ends at {at}, but {segment.Length} bytes of it were committed.");
            }

            target.Write(at, [piece.AsMemory(0, count)]);
            at += count;
        }

        target.Sync();
    }

    private static void WriteManifest(IDiskDirectory directory, long baseEpoch, long epoch, long time)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"IoTStream savepoint 1\nbase {baseEpoch}\nepoch {epoch}\ntime {time}\n");
        using (IDiskFile manifest = directory.Create(UnfinishedManifestName))
        {
            manifest.Write(0, [Encoding.ASCII.GetBytes(text)]);
            manifest.Sync();
        }

        directory.Rename(UnfinishedManifestName, ManifestName);
        directory.Sync();
    }

    private static Savepoint? TryOpen(IDiskDirectory directory, string name)
    {
        if (!directory.List().Contains(ManifestName))
        {
            return null;
        }

        using IDiskFile manifest = directory.Open(ManifestName, writable: false);
        byte[] bytes = new byte[Math.Min(manifest.Length, 1024)];
        string text = Encoding.ASCII.GetString(bytes, 0, manifest.Read(0, bytes));
        string[] lines = text.Split('\n');
        if (lines.Length == 5
            && lines[0] == "IoTStream savepoint 1"
            && TryParse(lines[1], "base ", out long baseEpoch)
            && TryParse(lines[2], "epoch ", out long epoch)
            && TryParse(lines[3], "time ", out long time))
        {
            return new Savepoint(directory, name, baseEpoch, epoch, time);
        }

        throw new LogDamagedException(SegmentList.PathOf(directory, ManifestName), 0, "it does not describe a savepoint.", Remedies.Restore);
    }

    private static bool TryParse(string line, string label, out long value)
    {
        value = 0;
        return line.StartsWith(label, StringComparison.Ordinal)
            && long.TryParse(line.AsSpan(label.Length), NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
