namespace IoTStream.State;

/// <summary>How far an operator has got in event time. On other lanes it goes on from where the slowest was.</summary>
/// <param name="name">The name.</param>
/// <param name="get">The watermark now.</param>
/// <param name="set">Takes a watermark over.</param>
internal sealed class WatermarkState(string name, Func<long> get, Action<long> set) : LaneState(name)
{
    public override string Format => "int64";

    public override void Write(StateWriter writer) => writer.Write(get());

    public override void Restore(IReadOnlyList<ReadOnlyMemory<byte>> lanes, string format, LanePlace place) => set(lanes.Min(static bytes => new StateReader(bytes.Span).Read<long>()));
}
