namespace IoTStream.State;

/// <summary>Sketches of distributions, or null.</summary>
/// <param name="bins">The bins of all of them.</param>
internal sealed class QuantileSerializer(LogarithmicBins bins) : StateSerializer<QuantileSketch?>
{
    public override string Format { get; } = $"quantiles 1 bins {bins.Format}";

    public override void Write(StateWriter writer, QuantileSketch? value)
    {
        writer.Write(value is not null);
        value?.Write(writer);
    }

    public override QuantileSketch? Read(ref StateReader reader) => reader.Read<bool>() ? QuantileSketch.Read(ref reader) : null;
}
