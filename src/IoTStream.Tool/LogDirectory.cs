using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Tool;

/// <summary>A directory that holds a log.</summary>
/// <param name="Files">Its files.</param>
/// <param name="Kind">What the log is used for; null if all of its segments are damaged.</param>
internal sealed record LogDirectory(IDiskDirectory Files, LogKind? Kind)
{
    public static LogDirectory Open(string path)
    {
        var files = new DiskDirectory(path);
        if (!files.List().Any(name => SegmentHeader.TryParseFileName(name, out _)))
        {
            throw new UsageException($"There is no log in '{files.Path}': it has no file such as {SegmentHeader.FileNameOf(1)}.");
        }

        return new LogDirectory(files, LogCheck.KindOf(files));
    }
}
