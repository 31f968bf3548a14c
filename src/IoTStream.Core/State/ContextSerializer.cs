using IoTStream.Connectors;

namespace IoTStream.State;

/// <summary>What is known of a record besides its value.</summary>
internal sealed class ContextSerializer(StateSerializer<RecordOrigin> origins) : StateSerializer<RecordContext>
{
    public override string Format { get; } = FormatParts.Join("context", origins.Format);

    public override void Write(StateWriter writer, RecordContext value)
    {
        writer.Write(value.TimestampTicks);
        origins.Write(writer, value.Origin);
    }

    public override RecordContext Read(ref StateReader reader) => new(reader.Read<long>(), origins.Read(ref reader));
}
