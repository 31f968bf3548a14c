using Microsoft.Win32.SafeHandles;

namespace IoTStream.Connectors;

/// <summary>A file that is open to be read, from its beginning or from where it was read before.</summary>
/// <param name="ReadAhead">The bytes from the position on.</param>
/// <param name="Path">The file as the user named it.</param>
/// <param name="Partition">The partition that it is.</param>
/// <param name="Position">Where reading begins.</param>
/// <param name="Preamble">The bytes before the position that tell what the records mean.</param>
internal sealed record TextFile(
    FileReadAhead ReadAhead, string Path, SourcePartition Partition, FilePosition Position, ReadOnlyMemory<byte> Preamble)
{
    /// <exception cref="InvalidDataException">It is not the file that was read before.</exception>
    public static async Task<TextFile> OpenAsync(
        string path, SourcePartition partition, SourceContext context, int chunkSize, CancellationToken cancellationToken)
    {
        FilePosition position = FilePosition.Find(context, partition);
        SafeFileHandle file = File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan);
        try
        {
            byte[] beginning = new byte[Math.Max(position.Preamble, position.Beginning.Length)];
            int length = await ReadAsync(file, beginning, cancellationToken).ConfigureAwait(false);
            if (position.Offset > 0)
            {
                position.Check(RandomAccess.GetLength(file), beginning.AsSpan(0, Math.Min(length, position.Beginning.Length)), partition);
            }

            var readAhead = new FileReadAhead(file, position.Offset, chunkSize, context.NotifyAvailable);
            return new TextFile(readAhead, path, partition, position, beginning.AsMemory(0, position.Preamble));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static async Task<int> ReadAsync(SafeFileHandle file, Memory<byte> bytes, CancellationToken cancellationToken)
    {
        int read = 0;
        while (read < bytes.Length)
        {
            int count = await RandomAccess.ReadAsync(file, bytes[read..], read, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            read += count;
        }

        return read;
    }
}
