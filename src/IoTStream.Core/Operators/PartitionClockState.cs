using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// How far event time has got in the partitions of a lane, by their names, and the watermark that followed from it. Lanes are given those of all lanes, for a partition can
/// be opened on another one; what is not opened again is forgotten.
/// </summary>
/// <param name="clocks">The partitions of the lane.</param>
/// <param name="get">The watermark that the lane has given.</param>
/// <param name="set">Takes over the watermark from which the lane goes on.</param>
internal sealed class PartitionClockState(PartitionClocks clocks, Func<long> get, Action<long> set) : LaneState("clocks")
{
    public override string Format => "watermark, and watermarks of partitions";

    public override void Write(StateWriter writer)
    {
        writer.Write(get());
        writer.WriteCount(clocks.All.Count);
        foreach (PartitionClock clock in clocks.All)
        {
            writer.WriteText(clock.Partition.Source);
            writer.WriteText(clock.Partition.Name);
            writer.Write(clock.Watermark);
        }
    }

    public override void Restore(IReadOnlyList<ReadOnlyMemory<byte>> lanes, string format, LanePlace place)
    {
        // A lane that had no partitions says nothing of event time.
        long least = Watermark.End;
        bool isKnown = false;
        foreach (ReadOnlyMemory<byte> lane in lanes)
        {
            var reader = new StateReader(lane.Span);
            long watermark = reader.Read<long>();
            int partitions = reader.ReadCount();
            if (partitions > 0)
            {
                isKnown = true;
                least = Math.Min(least, watermark);
            }

            for (; partitions > 0; partitions--)
            {
                string source = reader.ReadText();
                clocks.Remember(source, reader.ReadText(), reader.Read<long>());
            }
        }

        if (isKnown)
        {
            set(least);
        }
    }
}
