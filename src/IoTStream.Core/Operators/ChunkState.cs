using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>
/// The records that wait to become a list, and until when. On another number of lanes each lane takes those of some of the lanes that there were; what
/// is too much for one list becomes several.
/// </summary>
/// <param name="values">What records are as bytes.</param>
/// <param name="get">The records, the latest of their timestamps, and for how long they wait yet, in UTC ticks.</param>
/// <param name="set">Takes that over.</param>
internal sealed class ChunkState<T>(
    StateSerializer<T> values, Func<(List<T> Records, long Latest, long Until)> get, Action<List<T>, long, long> set) : LaneState("chunk")
{
    public override string Format => values.Format;

    public override void Write(StateWriter writer)
    {
        (List<T> records, long latest, long until) = get();
        writer.Write(latest);
        writer.Write(until);
        writer.WriteCount(records.Count);
        foreach (T record in records)
        {
            values.Write(writer, record);
        }
    }

    public override bool CanRead(string format) => values.Reading(format) is not null;

    public override void Restore(IReadOnlyList<ReadOnlyMemory<byte>> lanes, string format, LanePlace place)
    {
        StateSerializer<T> reads = values.Reading(format)!;
        List<T> records = [];
        long latest = long.MinValue;
        long until = long.MaxValue;
        for (int lane = place.Index; lane < lanes.Count; lane += place.Count)
        {
            var reader = new StateReader(lanes[lane].Span);
            latest = Math.Max(latest, reader.Read<long>());
            until = Math.Min(until, reader.Read<long>());
            for (int left = reader.ReadCount(); left > 0; left--)
            {
                records.Add(reads.Read(ref reader));
            }
        }

        set(records, latest, until);
    }
}
