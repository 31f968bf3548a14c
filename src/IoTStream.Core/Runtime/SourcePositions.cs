using System.Text;
using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>Where the readers of a source on a lane are: an entry for each, by the name of its first partition.</summary>
/// <param name="readers">The readers, each with the name of its first partition.</param>
/// <param name="absent">Where partitions were that no reader has this time: they may be there again the next.</param>
internal sealed class SourcePositions(
    IReadOnlyList<(string Partition, IPositioned Reader)> readers, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> absent) : LaneState(Part)
{
    public const string Part = "positions";

    private readonly (byte[] Partition, IPositioned Reader)[] _readers =
        [.. readers.Select(static reader => (Encoding.UTF8.GetBytes(reader.Partition), reader.Reader))];

    public override string Format => "the source's own";

    public override void Write(StateWriter writer) => throw new InvalidOperationException("There is an entry for each reader.");

    public override void Collect(int lane, StateWriter writer, LaneEntryVisitor visit)
    {
        foreach ((byte[] partition, IPositioned reader) in _readers)
        {
            writer.Clear();
            reader.WritePosition(writer);
            visit(partition, writer.Written);
        }

        foreach ((string partition, ReadOnlyMemory<byte> position) in absent)
        {
            visit(Encoding.UTF8.GetBytes(partition), position.Span);
        }
    }

    /// <summary>The readers were opened at their positions.</summary>
    public override void Restore(IReadOnlyList<ReadOnlyMemory<byte>> lanes, string format, LanePlace place)
    {
    }
}
