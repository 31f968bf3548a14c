using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace IoTStream.Amqp.Connectors;

/// <summary>The identifiers of the last messages that a source has taken, as fingerprints: its position. Thread-safe.</summary>
/// <param name="window">The most identifiers; the oldest make room for new ones.</param>
internal sealed class SeenMessages(int window)
{
    private const byte Form = 1;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, long> _items = [];
    private readonly Queue<(ulong Fingerprint, long Item)> _byAge = new();

    /// <summary>A number for an identifier. Two that differ have the same one with a probability of 2 to the -64.</summary>
    public static ulong FingerprintOf(string identifier)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(identifier.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>Finds a message that has come before.</summary>
    /// <param name="fingerprint">That of its identifier.</param>
    /// <param name="item">Its number among the items of the reader; 0 if it was taken in an earlier life of the job.</param>
    public bool TryFind(ulong fingerprint, out long item)
    {
        lock (_lock)
        {
            return _items.TryGetValue(fingerprint, out item);
        }
    }

    /// <summary>Remembers a message that has not come before.</summary>
    /// <param name="fingerprint">That of its identifier.</param>
    /// <param name="item">Its number among the items of the reader, from 1.</param>
    public void Add(ulong fingerprint, long item)
    {
        lock (_lock)
        {
            if (_byAge.Count == window)
            {
                _items.Remove(_byAge.Dequeue().Fingerprint);
            }

            _items.Add(fingerprint, item);
            _byAge.Enqueue((fingerprint, item));
        }
    }

    /// <summary>Writes down what has been taken up to an item, the oldest first.</summary>
    public void Write(IBufferWriter<byte> output, long upTo)
    {
        lock (_lock)
        {
            output.GetSpan(1)[0] = Form;
            output.Advance(1);
            foreach ((ulong fingerprint, long item) in _byAge)
            {
                if (item > upTo)
                {
                    return;
                }

                BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(sizeof(ulong)), fingerprint);
                output.Advance(sizeof(ulong));
            }
        }
    }

    /// <summary>Reads what was written in an earlier life of the job, perhaps with a larger window.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        if (bytes[0] != Form || bytes.Length % sizeof(ulong) != 1)
        {
            throw new InvalidDataException("The position in the epoch log is not one of an AMQP source. Give the step of this source a name of its own.");
        }

        for (bytes = bytes[1..]; !bytes.IsEmpty; bytes = bytes[sizeof(ulong)..])
        {
            ulong fingerprint = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            if (!TryFind(fingerprint, out _))
            {
                Add(fingerprint, item: 0);
            }
        }
    }
}
