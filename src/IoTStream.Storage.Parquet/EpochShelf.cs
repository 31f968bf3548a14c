using System.Globalization;
using System.Text;

namespace IoTStream.Storage.Parquet;

/// <summary>
/// The files of one sink's epochs on their way into folders: written where nobody looks, then counted as applied all together, then moved. Calls block, except for the lock. Not
/// thread-safe.
/// </summary>
/// <remarks>
/// What counts is a small file with the number of the last epoch, which is replaced in one step. Whoever opens the shelf moves the files of epochs up to that number, which a crash
/// has left behind, and deletes those of later ones, which come again from the epoch log.
/// </remarks>
internal sealed class EpochShelf : IEpochShelf
{
    private const string LastName = "last";
    private const string FoldersName = "folders";
    private const string Unfinished = ".part";

    private readonly TablePath _table;
    private readonly LakeWriter _writer;
    private readonly string _path;

    private EpochShelf(TablePath table, LakeWriter writer)
    {
        _table = table;
        _writer = writer;
        _path = Path.Combine(table.Work, writer.Name);
    }

    public long Last { get; private set; }

    public static async Task<EpochShelf> OpenAsync(TablePath table, LakeWriter writer, CancellationToken cancellationToken)
    {
        var shelf = new EpochShelf(table, writer);
        table.Ensure(shelf._path);
        table.Ensure(table.Data);
        string last = Path.Combine(shelf._path, LastName);
        if (File.Exists(last))
        {
            string text = await File.ReadAllTextAsync(last, cancellationToken).ConfigureAwait(false);
            shelf.Last = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw new InvalidDataException($"The file '{last}' has to say which epoch was applied last, and says '{text}'.");
        }

        foreach (string left in Directory.GetDirectories(shelf._path))
        {
            if (long.Parse(Path.GetFileName(left), CultureInfo.InvariantCulture) is var epoch && epoch <= shelf.Last)
            {
                await shelf.ShowAsync(epoch, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                Directory.Delete(left, recursive: true);
            }
        }

        return shelf;
    }

    public async Task WriteAsync(long epoch, IReadOnlyList<FolderRows> folders, ParquetFileWriter files, CancellationToken cancellationToken)
    {
        string stage = StageOf(epoch);
        if (Directory.Exists(stage))
        {
            // An earlier call was cancelled before its epoch counted.
            Directory.Delete(stage, recursive: true);
        }

        Directory.CreateDirectory(stage);
        for (int i = 0; i < folders.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            files.Write(folders[i], StagedFile(stage, i));
            FileSync.Sync(StagedFile(stage, i));
        }

        WriteDurably(Path.Combine(stage, FoldersName), string.Join('\n', folders.Select(static rows => rows.Folder)));
        Folders.Sync(stage);
        cancellationToken.ThrowIfCancellationRequested();

        string last = Path.Combine(_path, LastName);
        WriteDurably(last + Unfinished, epoch.ToString(CultureInfo.InvariantCulture));
        File.Move(last + Unfinished, last, overwrite: true);
        Folders.Sync(_path);
        Last = epoch;
        await ShowAsync(epoch, CancellationToken.None).ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (!_writer.IsRemembered)
        {
            Directory.Delete(_path, recursive: true);
        }
    }

    private static string StagedFile(string stage, int number) => Path.Combine(stage, string.Create(CultureInfo.InvariantCulture, $"{number}{Unfinished}"));

    private static void WriteDurably(string path, string text)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write);
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }

    private string StageOf(long epoch) => Path.Combine(_path, epoch.ToString("D10", CultureInfo.InvariantCulture));

    private async Task ShowAsync(long epoch, CancellationToken cancellationToken)
    {
        string stage = StageOf(epoch);
        string name = string.Create(CultureInfo.InvariantCulture, $"{_writer.Name}.{epoch:D10}.parquet");
        if (!File.Exists(Path.Combine(stage, FoldersName)))
        {
            // A crash while the stage was deleted: its files had been moved.
            Directory.Delete(stage, recursive: true);
            return;
        }

        string[] folders = (await File.ReadAllTextAsync(Path.Combine(stage, FoldersName), cancellationToken).ConfigureAwait(false)).Split('\n');
        using (await _table.LockAsync(cancellationToken).ConfigureAwait(false))
        {
            for (int i = 0; i < folders.Length; i++)
            {
                string folder = Path.Combine(_table.Data, folders[i]);
                if (File.Exists(StagedFile(stage, i)))
                {
                    _table.Ensure(folder);
                    File.Move(StagedFile(stage, i), Path.Combine(folder, name));
                }

                Folders.Sync(folder);
            }
        }

        Directory.Delete(stage, recursive: true);
    }
}
