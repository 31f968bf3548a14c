namespace IoTStream.Simulation.Disk;

/// <summary>What a file holds: as programs see it, and as it would be found after a crash.</summary>
internal sealed class SimulatedFile
{
    private const int SectorSize = 512;

    private readonly HashSet<long> _dirty = [];
    private byte[] _seen = [];
    private byte[] _durable = [];

    public long Length => _seen.Length;

    public byte[] Content
    {
        get => _seen;
        set
        {
            _seen = value;
            _durable = value;
            _dirty.Clear();
        }
    }

    public int Read(long offset, Span<byte> bytes)
    {
        int count = (int)Math.Clamp(_seen.Length - offset, 0, bytes.Length);
        _seen.AsSpan((int)Math.Min(offset, _seen.Length), count).CopyTo(bytes);
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset + bytes.Length > _seen.Length)
        {
            Array.Resize(ref _seen, (int)offset + bytes.Length);
        }

        bytes.CopyTo(_seen.AsSpan((int)offset));
        for (long sector = offset / SectorSize; sector * SectorSize < offset + bytes.Length; sector++)
        {
            _dirty.Add(sector);
        }
    }

    public void Truncate(long length)
    {
        Array.Resize(ref _seen, (int)length);
        _dirty.RemoveWhere(sector => sector * SectorSize >= length);
    }

    /// <summary>Everything that is seen is durable.</summary>
    public void Sync()
    {
        byte[] durable = _durable;
        Array.Resize(ref durable, _seen.Length);
        foreach (long sector in _dirty)
        {
            Copy(sector, durable);
        }

        _durable = durable;
        _dirty.Clear();
    }

    /// <summary>The system gives up what it should have written, but goes on showing it to programs.</summary>
    public void GiveUp() => _dirty.Clear();

    /// <summary>Decides what of the unsynced is found after a crash, sector by sector, in any combination.</summary>
    public void Crash(Random random)
    {
        byte[] found = _durable;
        int shorter = Math.Min(_durable.Length, _seen.Length);
        int length = random.Next(4) switch
        {
            0 => _durable.Length,
            1 => _seen.Length,
            _ => random.Next(shorter, Math.Max(_durable.Length, _seen.Length) + 1),
        };
        Array.Resize(ref found, length);
        int survival = random.Next(5);
        foreach (long sector in _dirty)
        {
            if (survival == 4 || random.Next(4) < survival)
            {
                Copy(sector, found);
            }
        }

        Content = found;
    }

    private void Copy(long sector, byte[] target)
    {
        int start = (int)(sector * SectorSize);
        int count = Math.Min(SectorSize, Math.Min(_seen.Length, target.Length) - start);
        if (count > 0)
        {
            _seen.AsSpan(start, count).CopyTo(target.AsSpan(start));
        }
    }
}
