namespace IoTStream.State;

/// <summary>An array of bytes, or null.</summary>
internal sealed class BytesSerializer : StateSerializer<byte[]?>
{
    public override string Format => "bytes";

    public override void Write(StateWriter writer, byte[]? value)
    {
        writer.Write(value is not null);
        if (value is not null)
        {
            writer.WriteBytes(value);
        }
    }

    public override byte[]? Read(ref StateReader reader) => reader.Read<bool>() ? reader.ReadBytes().ToArray() : null;
}
