using IoTStream.Disk;

namespace IoTStream.Disk;

/// <summary>An open file.</summary>
internal interface IDiskFile : IDisposable
{
    /// <summary>The length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads what there is at a place.</summary>
    /// <returns>How many bytes were read: fewer than asked for only at the end of the file.</returns>
    int Read(long offset, Span<byte> bytes);

    /// <summary>Writes parts one after the other, as one write if the system can.</summary>
    void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts);

    /// <summary>Cuts the file off.</summary>
    void Truncate(long length);

    /// <summary>Returns when what was written stays whatever happens. If it throws, what was written since the last time may be lost for good.</summary>
    void Sync();
}
