namespace IoTStream.State;

/// <summary>Text as UTF-8, or null.</summary>
internal sealed class TextSerializer : StateSerializer<string?>
{
    public override string Format => "text";

    public override void Write(StateWriter writer, string? value)
    {
        writer.Write(value is not null);
        if (value is not null)
        {
            writer.WriteText(value);
        }
    }

    public override string? Read(ref StateReader reader) => reader.Read<bool>() ? reader.ReadText() : null;
}
