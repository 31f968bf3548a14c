using System.Globalization;
using IoTStream.Disk;

namespace IoTStream.Disk;

/// <summary>A directory of the file system.</summary>
internal sealed class DiskDirectory(string path) : IDiskDirectory
{
    private const string LockName = "lock";

    // Apart from the lock itself, which nobody else can read while it is held.
    private const string OwnerName = "lock.owner";

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>The directory, created with those above it if need be, so that it stays.</summary>
    public static DiskDirectory Ensure(string path)
    {
        var directory = new DiskDirectory(path);
        string? above = System.IO.Path.GetDirectoryName(directory.Path);
        if (!Directory.Exists(directory.Path))
        {
            if (above is not null)
            {
                Ensure(above);
            }

            Directory.CreateDirectory(directory.Path);
            if (above is not null)
            {
                DirectorySync.Sync(above);
            }
        }

        return directory;
    }

    public IReadOnlyList<string> List()
    {
        if (!Directory.Exists(Path))
        {
            return [];
        }

        string[] names = [.. Directory.EnumerateFiles(Path).Select(System.IO.Path.GetFileName)!];
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    public IDiskFile Create(string name) =>
        new DiskFile(File.OpenHandle(At(name), FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));

    public IDiskFile Open(string name, bool writable) => new DiskFile(writable
        ? File.OpenHandle(At(name), FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete)
        : File.OpenHandle(At(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan));

    public void Rename(string from, string to) => File.Move(At(from), At(to), overwrite: true);

    public void Delete(string name) => File.Delete(At(name));

    public void Sync() => DirectorySync.Sync(Path);

    public IDiskDirectory Subdirectory(string name) => Ensure(At(name));

    public IDiskDirectory? FindSubdirectory(string name) => Directory.Exists(At(name)) ? new DiskDirectory(At(name)) : null;

    public IReadOnlyList<string> Subdirectories()
    {
        string[] names = [.. Directory.EnumerateDirectories(Path).Select(System.IO.Path.GetFileName)!];
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    public void Link(string name, IDiskDirectory target)
    {
        string copy = System.IO.Path.Combine(target.Path, name);
        if (HardLink.TryCreate(At(name), copy))
        {
            return;
        }

        File.Copy(At(name), copy);
        using var file = new DiskFile(File.OpenHandle(copy, FileMode.Open, FileAccess.ReadWrite));
        file.Sync();
    }

    public IDisposable? TryLock(out int? owner)
    {
        FileStream held;
        try
        {
            held = new FileStream(At(LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            owner = ReadOwner();
            return null;
        }

        try
        {
            File.WriteAllText(At(OwnerName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch
        {
            held.Dispose();
            throw;
        }

        owner = null;
        return held;
    }

    // Windows says "sharing violation"; elsewhere the framework gives the error of flock, EWOULDBLOCK, which is 11 on Linux and 35 on BSDs.
    private static bool IsHeld(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;

    private int? ReadOwner()
    {
        try
        {
            return int.TryParse(File.ReadAllText(At(OwnerName)), NumberStyles.None, CultureInfo.InvariantCulture, out int owner) ? owner : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
