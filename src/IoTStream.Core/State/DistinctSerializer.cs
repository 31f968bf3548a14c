namespace IoTStream.State;

/// <summary>Sketches that count what is different, or null.</summary>
/// <param name="precision">The precision of all of them.</param>
internal sealed class DistinctSerializer(int precision) : StateSerializer<DistinctSketch?>
{
    public override string Format { get; } = $"distinct 1 precision {precision}";

    public override void Write(StateWriter writer, DistinctSketch? value)
    {
        writer.Write(value is not null);
        value?.Write(writer);
    }

    public override DistinctSketch? Read(ref StateReader reader) => reader.Read<bool>() ? DistinctSketch.Read(ref reader, precision) : null;
}
