using System.Buffers;
using System.Buffers.Binary;

namespace IoTStream.Coap.Connectors;

/// <summary>The requests that a source has taken, by fingerprints, for as long as one may come again: part of its position. Not thread-safe.</summary>
/// <param name="most">The most requests; the oldest make room for new ones.</param>
/// <param name="lifetime">How many seconds they are remembered.</param>
internal sealed class SeenRequests(int most, long lifetime)
{
    // Each run in a position: how many seconds ago, the code, how many, and their fingerprints.
    private const int RunHead = sizeof(uint) + sizeof(byte) + sizeof(ushort);
    private const int FormerRunHead = sizeof(ushort) + sizeof(byte) + sizeof(ushort);

    private readonly Dictionary<ulong, Seen> _seen = [];
    private readonly Queue<(ulong Key, long Item, long At)> _byAge = new();

    public int Count => _seen.Count;

    /// <summary>How many were forgotten before their time, as there were too many.</summary>
    public long ForgottenEarly { get; private set; }

    /// <summary>Remembers a request.</summary>
    /// <param name="key">Its fingerprint.</param>
    /// <param name="item">Its number; 0 if it was taken in an earlier life of the job.</param>
    /// <param name="code">What it is answered with.</param>
    /// <param name="now">When, in seconds.</param>
    public void Add(ulong key, long item, CoapCode code, long now)
    {
        while (_byAge.TryPeek(out (ulong Key, long Item, long At) oldest) && (_byAge.Count >= most || now - oldest.At >= lifetime))
        {
            _byAge.Dequeue();
            if (_seen.TryGetValue(oldest.Key, out Seen seen) && seen.Item == oldest.Item)
            {
                _seen.Remove(oldest.Key);
                ForgottenEarly += now - oldest.At < lifetime ? 1 : 0;
            }
        }

        _seen[key] = new Seen(item, code, now);
        _byAge.Enqueue((key, item, now));
    }

    /// <summary>Finds a request.</summary>
    public bool TryFind(ulong key, long now, out Seen seen) => _seen.TryGetValue(key, out seen) && now - seen.At < lifetime;

    public void Remove(ulong key) => _seen.Remove(key);

    /// <summary>Writes down what has been taken up to an item, and before a time.</summary>
    public void Write(IBufferWriter<byte> output, long upTo, long before, long now)
    {
        List<ulong> run = [];
        (long Age, CoapCode Code) current = default;
        foreach ((ulong key, long item, long at) in _byAge)
        {
            long age = Math.Max(0, now - at);
            if (item > upTo || at > before || age >= Math.Min(lifetime, uint.MaxValue) || !_seen.TryGetValue(key, out Seen seen) || seen.Item != item)
            {
                continue;
            }

            if (run.Count > 0 && (current != (age, seen.Code) || run.Count == ushort.MaxValue))
            {
                WriteRun(output, current.Age, current.Code, run);
            }

            current = (age, seen.Code);
            run.Add(key);
        }

        WriteRun(output, current.Age, current.Code, run);
    }

    /// <summary>Reads what was written in an earlier life of the job.</summary>
    /// <param name="bytes">What was written.</param>
    /// <param name="when">When that was, in seconds.</param>
    /// <param name="isFormer">Whether it was written by a version of the library whose ages had two bytes.</param>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public void Read(ReadOnlySpan<byte> bytes, long when, bool isFormer = false)
    {
        int head = isFormer ? FormerRunHead : RunHead;
        while (bytes.Length >= head)
        {
            long at = when - (isFormer ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes));
            var code = (CoapCode)bytes[head - sizeof(ushort) - 1];
            int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(head - sizeof(ushort))..]);
            bytes = bytes[head..];
            for (; count > 0 && bytes.Length >= sizeof(ulong); count--)
            {
                Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes), item: 0, code, at);
                bytes = bytes[sizeof(ulong)..];
            }

            if (count > 0)
            {
                throw NotAPosition();
            }
        }

        if (!bytes.IsEmpty)
        {
            throw NotAPosition();
        }
    }

    public static InvalidDataException NotAPosition() => new("The position in the epoch log is not one of a CoAP source. Give the step of this source a name of its own.");

    private static void WriteRun(IBufferWriter<byte> output, long age, CoapCode code, List<ulong> run)
    {
        if (run.Count == 0)
        {
            return;
        }

        Span<byte> bytes = output.GetSpan(RunHead + (run.Count * sizeof(ulong)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)age);
        bytes[sizeof(uint)] = (byte)code;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[(sizeof(uint) + 1)..], (ushort)run.Count);
        for (int i = 0; i < run.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(RunHead + (i * sizeof(ulong)))..], run[i]);
        }

        output.Advance(RunHead + (run.Count * sizeof(ulong)));
        run.Clear();
    }

    /// <summary>A request that was taken.</summary>
    /// <param name="Item">Its number; 0 if it was taken in an earlier life of the job.</param>
    /// <param name="Code">What it is answered with.</param>
    /// <param name="At">When, in seconds.</param>
    internal readonly record struct Seen(long Item, CoapCode Code, long At);
}
