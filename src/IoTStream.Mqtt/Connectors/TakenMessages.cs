using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace IoTStream.Mqtt.Connectors;

/// <summary>
/// The messages that were taken last and that the server may send again, because it has not seen their acknowledgement: with the same packet identifier and
/// marked as duplicates [MQTT-3.3.1-1, MQTT-4.4.0-1]. As the identifier of a message with QoS 1 can have been given to another message meanwhile, what is in
/// it counts too. That of a message with QoS 2 stays its own until it is released, which the server is told only when that is durable.
/// </summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="most">How many messages the server has without an acknowledgement at most: of earlier ones it has seen it.</param>
internal sealed class TakenMessages(int most)
{
    private const int EntrySize = sizeof(ushort) + sizeof(ulong);
    private const long None = long.MinValue;
    private const long UntilReleased = long.MaxValue;

    private readonly Lock _lock = new();
    private readonly long[] _items = CreateItems();
    private readonly ulong[] _contents = new ulong[ushort.MaxValue + 1];
    private readonly long[] _turns = new long[ushort.MaxValue + 1];
    private long _turn;

    /// <summary>A number for what is in a message. Two that differ have the same one with a probability of about 2 to the -64.</summary>
    public static ulong ContentOf(string topic, in ReadOnlySequence<byte> payload)
    {
        (uint first, uint second) = Add((0x9E3779B9, (uint)topic.Length), MemoryMarshal.AsBytes(topic.AsSpan()));
        (first, second) = Add((first, second), payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray());

        return ((ulong)first << 32) | second;
    }

    /// <summary>A message is taken.</summary>
    /// <param name="identifier">Its packet identifier.</param>
    /// <param name="content">What <see cref="ContentOf"/> gives.</param>
    /// <param name="item">Its number among the items of the reader, from 1.</param>
    /// <param name="isExactlyOnce">Whether it has QoS 2, so that it may come again until <see cref="Release"/>.</param>
    public void Add(ushort identifier, ulong content, long item, bool isExactlyOnce)
    {
        lock (_lock)
        {
            _items[identifier] = item;
            _contents[identifier] = content;
            _turns[identifier] = isExactlyOnce ? UntilReleased : ++_turn;
        }
    }

    /// <summary>The server will not send a message with QoS 2 again.</summary>
    public void Release(ushort identifier)
    {
        lock (_lock)
        {
            if (_turns[identifier] == UntilReleased)
            {
                _items[identifier] = None;
            }
        }
    }

    /// <summary>The server will send nothing again: it has forgotten the session.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Array.Fill(_items, None);
        }
    }

    /// <summary>Finds a message that has come again.</summary>
    /// <param name="identifier">Its packet identifier.</param>
    /// <param name="content">What <see cref="ContentOf"/> gives.</param>
    /// <param name="item">Its number; zero or less if it was taken in an earlier life of the job.</param>
    /// <returns>False if it has not been taken.</returns>
    public bool TryFind(ushort identifier, ulong content, out long item)
    {
        lock (_lock)
        {
            item = _items[identifier];
            return IsKept(identifier) && _contents[identifier] == content;
        }
    }

    /// <summary>Writes down what has been taken up to an item: an entry for each message with QoS 1, then one with identifier 0, then those with QoS 2.</summary>
    public void Write(IBufferWriter<byte> output, long upTo)
    {
        lock (_lock)
        {
            if (WriteEntries(output, upTo, untilReleased: false))
            {
                WriteEntry(output, 0);
                WriteEntries(output, upTo, untilReleased: true);
            }
        }
    }

    /// <summary>Reads what was written in an earlier life of the job.</summary>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            long turn = 0;
            for (; bytes.Length >= EntrySize; bytes = bytes[EntrySize..])
            {
                int identifier = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
                if (identifier == 0)
                {
                    turn = UntilReleased;
                    continue;
                }

                _items[identifier] = 0;
                _turns[identifier] = turn;
                _contents[identifier] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ushort)..]);
            }
        }
    }

    private static long[] CreateItems()
    {
        long[] items = new long[ushort.MaxValue + 1];
        Array.Fill(items, None);
        return items;
    }

    private static (uint First, uint Second) Add((uint First, uint Second) sum, ReadOnlySpan<byte> bytes)
    {
        // Two checksums that see the bytes in different order of their words are as good as one of twice the length.
        (uint first, uint second) = sum;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            first = BitOperations.Crc32C(first, word);
            second = BitOperations.Crc32C(second, word * 0x9E3779B97F4A7C15UL);
        }

        foreach (byte one in bytes)
        {
            first = BitOperations.Crc32C(first, one);
            second = BitOperations.Crc32C(second, one * 0x9E3779B97F4A7C15UL);
        }

        return (first, second);
    }

    /// <returns>Whether there are messages of the other kind.</returns>
    private bool WriteEntries(IBufferWriter<byte> output, long upTo, bool untilReleased)
    {
        bool others = false;
        for (int identifier = 1; identifier <= ushort.MaxValue; identifier++)
        {
            if (_items[identifier] > upTo || !IsKept(identifier))
            {
                continue;
            }

            if (_turns[identifier] == UntilReleased == untilReleased)
            {
                WriteEntry(output, (ushort)identifier);
            }
            else
            {
                others = true;
            }
        }

        return others;
    }

    private void WriteEntry(IBufferWriter<byte> output, ushort identifier)
    {
        Span<byte> entry = output.GetSpan(EntrySize);
        BinaryPrimitives.WriteUInt16LittleEndian(entry, identifier);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[sizeof(ushort)..], _contents[identifier]);
        output.Advance(EntrySize);
    }

    private bool IsKept(int identifier) => _items[identifier] != None && _turns[identifier] > _turn - most;
}
