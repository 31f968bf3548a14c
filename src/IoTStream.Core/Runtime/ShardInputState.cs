using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>Where the receiving end of an exchange between shards is, and what signals it has from each of them.</summary>
internal sealed class ShardInputState(int senders) : LaneState(Part)
{
    public const string Part = "inbox";

    /// <summary>The place of the first frame that has not been taken whole; null if none was ever taken.</summary>
    public long? Position { get; set; }

    /// <summary>How many parts and records of that frame have been taken.</summary>
    public int Taken { get; set; }

    /// <summary>How far event time has got at each sender.</summary>
    public long[] Watermarks { get; } = [.. Enumerable.Repeat(Time.Watermark.None, senders)];

    /// <summary>Which senders are silent.</summary>
    public bool[] Idle { get; } = new bool[senders];

    public override string Format => $"inbox of {senders} shards 1";

    public override void Write(StateWriter writer)
    {
        writer.Write(Position ?? -1);
        writer.Write(Taken);
        for (int i = 0; i < senders; i++)
        {
            writer.Write(Watermarks[i]);
            writer.Write(Idle[i] ? (byte)1 : (byte)0);
        }
    }

    public override void Restore(IReadOnlyList<ReadOnlyMemory<byte>> lanes, string format, LanePlace place)
    {
        var reader = new StateReader(lanes[0].Span);
        long position = reader.Read<long>();
        Position = position < 0 ? null : position;
        Taken = reader.Read<int>();
        for (int i = 0; i < senders; i++)
        {
            Watermarks[i] = reader.Read<long>();
            Idle[i] = reader.Read<byte>() != 0;
        }
    }
}
