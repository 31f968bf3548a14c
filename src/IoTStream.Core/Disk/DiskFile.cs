using IoTStream.Disk;
using Microsoft.Win32.SafeHandles;

namespace IoTStream.Disk;

/// <summary>A file of the file system.</summary>
internal sealed class DiskFile(SafeFileHandle file) : IDiskFile
{
    public long Length => RandomAccess.GetLength(file);

    public int Read(long offset, Span<byte> bytes)
    {
        int read = 0;
        while (read < bytes.Length)
        {
            int count = RandomAccess.Read(file, bytes[read..], offset + read);
            if (count == 0)
            {
                break;
            }

            read += count;
        }

        return read;
    }

    public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts) => RandomAccess.Write(file, parts, offset);

    public void Truncate(long length) => RandomAccess.SetLength(file, length);

    public void Sync() => RandomAccess.FlushToDisk(file);

    public void Dispose() => file.Dispose();
}
