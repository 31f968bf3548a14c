using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Simulation.Disk;

/// <summary>A directory of a <see cref="SimulatedDisk"/>.</summary>
internal sealed class SimulatedDirectory(SimulatedDisk disk, string path) : IDiskDirectory
{
    private readonly List<Action<SortedDictionary<string, SimulatedFile>>> _unsynced = [];
    private SortedDictionary<string, SimulatedFile> _seen = new(StringComparer.Ordinal);
    private SortedDictionary<string, SimulatedFile> _durable = new(StringComparer.Ordinal);
    private int _lockedIn = -1;

    public string Path => path;

    /// <summary>The files as programs see them.</summary>
    public IReadOnlyDictionary<string, SimulatedFile> Files => _seen;

    public IReadOnlyList<string> List()
    {
        disk.ThrowIfDead(disk.Life);
        return [.. _seen.Keys];
    }

    public IDiskFile Create(string name)
    {
        var file = new SimulatedFile();
        ChangeEntries(entries => entries[name] = file);
        return new Handle(disk, file, writable: true);
    }

    public IDiskFile Open(string name, bool writable) =>
        _seen.TryGetValue(name, out SimulatedFile? file) ? new Handle(disk, file, writable) : throw new FileNotFoundException("There is no such file.", name);

    public void Rename(string from, string to)
    {
        SimulatedFile file = _seen[from];
        ChangeEntries(entries =>
        {
            entries.Remove(from);
            entries[to] = file;
        });
    }

    public void Delete(string name) => ChangeEntries(entries => entries.Remove(name));

    public void Sync() => disk.Change(
        disk.Life,
        () =>
        {
            _durable = new SortedDictionary<string, SimulatedFile>(_seen, StringComparer.Ordinal);
            _unsynced.Clear();
        },
        () => { },
        giveUp: () => { });

    public IDiskDirectory Subdirectory(string name) => disk.Directory(path + "/" + name);

    public IDiskDirectory? FindSubdirectory(string name) => disk.FindDirectory(path + "/" + name);

    public IReadOnlyList<string> Subdirectories() => disk.DirectoriesIn(path);

    public void Link(string name, IDiskDirectory target)
    {
        SimulatedFile file = _seen[name];
        ((SimulatedDirectory)target).ChangeEntries(entries => entries[name] = file);
    }

    public IDisposable? TryLock(out int? owner)
    {
        owner = null;
        if (_lockedIn == disk.Life)
        {
            return null;
        }

        _lockedIn = disk.Life;
        return new Held(this);
    }

    /// <summary>Removes a file behind everybody's back.</summary>
    public void Lose(string name)
    {
        _seen.Remove(name);
        _durable.Remove(name);
    }

    /// <summary>Puts a file there behind everybody's back.</summary>
    public void Plant(string name, byte[] content)
    {
        var file = new SimulatedFile { Content = content };
        _seen[name] = file;
        _durable[name] = file;
    }

    public void Crash(Random random)
    {
        int survival = random.Next(4);
        foreach (Action<SortedDictionary<string, SimulatedFile>> change in _unsynced)
        {
            if (random.Next(3) < survival)
            {
                change(_durable);
            }
        }

        _unsynced.Clear();
        _seen = new SortedDictionary<string, SimulatedFile>(_durable, StringComparer.Ordinal);
        foreach (SimulatedFile file in _seen.Values.Distinct())
        {
            file.Crash(random);
        }
    }

    private void ChangeEntries(Action<SortedDictionary<string, SimulatedFile>> change) => disk.Change(
        disk.Life,
        () =>
        {
            change(_seen);
            _unsynced.Add(change);
        },
        () => { });

    private sealed class Held(SimulatedDirectory directory) : IDisposable
    {
        private readonly int _life = directory._lockedIn;

        public void Dispose()
        {
            if (directory._lockedIn == _life)
            {
                directory._lockedIn = -1;
            }
        }
    }

    private sealed class Handle(SimulatedDisk disk, SimulatedFile file, bool writable) : IDiskFile
    {
        private readonly int _life = disk.Life;

        public long Length
        {
            get
            {
                disk.ThrowIfDead(_life);
                return file.Length;
            }
        }

        public int Read(long offset, Span<byte> bytes)
        {
            disk.ThrowIfDead(_life);
            return file.Read(offset, bytes);
        }

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            ThrowIfReadOnly();
            byte[] bytes = [.. parts.SelectMany(part => part.ToArray())];
            disk.Change(_life, () => file.Write(offset, bytes), () => file.Write(offset, bytes.AsSpan(0, disk.Random.Next(bytes.Length + 1))));
        }

        public void Truncate(long length)
        {
            ThrowIfReadOnly();
            disk.Change(_life, () => file.Truncate(length), () => { });
        }

        public void Sync() => disk.Change(_life, file.Sync, () => { }, file.GiveUp);

        public void Dispose()
        {
            // Nothing is held.
        }

        private void ThrowIfReadOnly()
        {
            if (!writable)
            {
                throw new UnauthorizedAccessException("The file was opened to be read.");
            }
        }
    }
}
