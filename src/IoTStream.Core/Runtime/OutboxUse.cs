using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>Which epochs had something in an outbox: the last one, and the one before. By that it is known whether a sink that is behind has lost something.</summary>
internal sealed class OutboxUse(Func<(long Last, long Before)> get, Action<(long Last, long Before)> set) : LaneState(Part)
{
    public const string Part = "use";

    public override string Format => "2 int64";

    public override bool BelongsToLog => true;

    public static (long Last, long Before) Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes);
        return (reader.Read<long>(), reader.Read<long>());
    }

    public override void Write(StateWriter writer)
    {
        (long last, long before) = get();
        writer.Write(last);
        writer.Write(before);
    }

    public override void Restore(IReadOnlyList<ReadOnlyMemory<byte>> lanes, string format, LanePlace place) =>
        set(lanes.Select(static bytes => Read(bytes.Span)).Max());
}
