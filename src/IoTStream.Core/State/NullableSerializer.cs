namespace IoTStream.State;

/// <summary>A value that may be missing.</summary>
internal sealed class NullableSerializer<T>(StateSerializer<T> value) : StateSerializer<T?>
    where T : struct
{
    private const string Word = "nullable";

    public NullableSerializer(StateSerializers serializers)
        : this(serializers.Of<T>())
    {
    }

    public override string Format { get; } = FormatParts.Join(Word, value.Format);

    public override void Write(StateWriter writer, T? nullable)
    {
        writer.Write(nullable.HasValue);
        if (nullable.HasValue)
        {
            value.Write(writer, nullable.GetValueOrDefault());
        }
    }

    public override T? Read(ref StateReader reader) => reader.Read<bool>() ? value.Read(ref reader) : null;

    public override StateSerializer<T?>? Reading(string format) =>
        FormatParts.Split(format, Word, 1) is [var part] && value.Reading(part) is { } found ? new NullableSerializer<T>(found) : null;
}
