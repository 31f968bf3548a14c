namespace IoTStream.State;

/// <summary>The latest instant of something. On other lanes it goes on from the latest of all.</summary>
/// <param name="name">The name.</param>
/// <param name="get">The instant.</param>
/// <param name="set">Takes an instant over.</param>
internal sealed class FurthestState(string name, Func<long> get, Action<long> set) : LaneState(name)
{
    public override string Format => "int64";

    public override void Write(StateWriter writer) => writer.Write(get());

    public override void Restore(IReadOnlyList<ReadOnlyMemory<byte>> lanes, string format, LanePlace place) =>
        set(lanes.Max(static bytes => new StateReader(bytes.Span).Read<long>()));
}
