using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IoTStream.Disk;

namespace IoTStream.Connectors;

/// <summary>
/// A directory with a file for each epoch, named <c>RUN-EPOCH-WRITER.EXTENSION</c>, so that the order of the names is that of the epochs. A file is there
/// completely or not at all. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// The run tells an epoch log from the one before it that wrote into the same directory, and the writer, a hash, from any other log or sink: numbers of
/// epochs begin anew with each log.
/// </para>
/// <para>
/// Readers may move files away or delete them, so an empty file beginning with a dot says by its name what the last epoch was. It is renamed between the
/// writing of an epoch's file and the renaming that shows it; whoever finds both the mark of an epoch and its file not shown, shows it.
/// </para>
/// </remarks>
internal sealed class EpochFiles
{
    private const int WriterDigits = 12;
    private const string Unfinished = ".part";
    private const string Mark = ".last";

    private readonly IDiskDirectory _directory;
    private readonly string _extension;
    private readonly string _writer;
    private readonly int _run;
    private string? _mark;

    /// <param name="directory">The directory.</param>
    /// <param name="extension">What the names end with, with its dot.</param>
    /// <param name="log">The identity of the epoch log; null if there is none, so that what was written before is another's.</param>
    /// <param name="step">The name of the sink step.</param>
    /// <param name="existing">What to do with files that others than this log and sink have written, when it has not written any yet.</param>
    /// <exception cref="IOException">There are such files, and they are to be refused.</exception>
    public EpochFiles(IDiskDirectory directory, string extension, Guid? log, string step, ExistingFile existing)
    {
        _directory = directory;
        _extension = extension;
        _writer = Convert.ToHexStringLower(SHA256.HashData([.. (log ?? Guid.Empty).ToByteArray(), .. Encoding.UTF8.GetBytes(step)]))[..WriterDigits];
        List<FileName> names = [.. directory.List().Select(Parse).OfType<FileName>()];
        FileName? mark = names.Find(name => name.IsOf(_writer) && name.Kind == Mark);
        _mark = mark?.Name;
        Recover(names.FindAll(name => name.IsOf(_writer) && name.Kind == Unfinished), mark);
        if (mark is not null && log is not null)
        {
            (_run, Last) = (mark.Run, mark.Epoch);
            return;
        }

        List<FileName> others = names.FindAll(name => name.Kind != Unfinished && name != mark);
        if (existing == ExistingFile.Refuse && others.Find(static name => name.Kind != Mark) is { } other)
        {
            throw new IOException(
                $"The directory '{directory.Path}' has files of another epoch log or sink, such as '{other.Name}': move them away, or let them be kept or replaced by FileSinkOptions.Existing.");
        }

        if (existing == ExistingFile.Replace)
        {
            others.ForEach(name => directory.Delete(name.Name));
            others.Clear();
        }

        _run = 1 + others.Select(static name => name.Run).Append(mark?.Run ?? 0).Max();
        directory.Sync();
    }

    /// <summary>The last epoch that was applied; 0 if none.</summary>
    public long Last { get; private set; }

    /// <summary>Writes the file of an epoch; returns when it is there, whatever happens.</summary>
    public void Write(long epoch, ReadOnlyMemory<byte> header, ReadOnlySequence<byte> content)
    {
        string name = NameOf(epoch);
        using (IDiskFile file = _directory.Create(Hidden(name, Unfinished)))
        {
            List<ReadOnlyMemory<byte>> parts = header.IsEmpty ? [] : [header];
            foreach (ReadOnlyMemory<byte> part in content)
            {
                parts.Add(part);
            }

            file.Write(0, parts);
            file.Sync();
        }

        // Else the mark could survive a crash that takes the file.
        _directory.Sync();
        string mark = Hidden(name, Mark);
        if (_mark is null)
        {
            _directory.Create(mark).Dispose();
        }
        else
        {
            _directory.Rename(_mark, mark);
        }

        _directory.Sync();
        (_mark, Last) = (mark, epoch);

        // If a crash takes this back, it is done again when the directory is opened.
        _directory.Rename(Hidden(name, Unfinished), name);
    }

    private static string Hidden(string name, string kind) => $".{name}{kind}";

    private string NameOf(long epoch) => string.Create(CultureInfo.InvariantCulture, $"{_run:D4}-{epoch:D10}-{_writer}{_extension}");

    /// <summary>Shows what was complete, and deletes what was not.</summary>
    private void Recover(List<FileName> unfinished, FileName? mark)
    {
        foreach (FileName name in unfinished)
        {
            if (name.Run == mark?.Run && name.Epoch == mark.Epoch)
            {
                _directory.Rename(name.Name, name.Name[1..^Unfinished.Length]);
            }
            else
            {
                _directory.Delete(name.Name);
            }
        }

        _directory.Sync();
    }

    /// <returns>Null if it is the name of something else.</returns>
    private FileName? Parse(string name)
    {
        string kind = name switch
        {
            ['.', ..] when name.EndsWith(Unfinished, StringComparison.Ordinal) => Unfinished,
            ['.', ..] when name.EndsWith(Mark, StringComparison.Ordinal) => Mark,
            _ => "",
        };
        string shown = kind.Length > 0 ? name[1..^kind.Length] : name;
        string[] parts = shown.Split('-');
        return shown.EndsWith(_extension, StringComparison.Ordinal)
            && parts is [{ } run, { } epoch, { } writer]
            && writer.Length == WriterDigits + _extension.Length
            && int.TryParse(run, NumberStyles.None, CultureInfo.InvariantCulture, out int runNumber)
            && long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out long epochNumber)
                ? new FileName(name, kind, runNumber, epochNumber, writer[..WriterDigits])
                : null;
    }

    private sealed record FileName(string Name, string Kind, int Run, long Epoch, string Writer)
    {
        public bool IsOf(string writer) => string.Equals(Writer, writer, StringComparison.Ordinal);
    }
}
