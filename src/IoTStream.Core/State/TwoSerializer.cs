namespace IoTStream.State;

/// <summary>A tuple of two.</summary>
internal sealed class TwoSerializer<TFirst, TSecond>(StateSerializer<TFirst> first, StateSerializer<TSecond> second) : StateSerializer<(TFirst, TSecond)>
{
    private const string Word = "tuple";

    public TwoSerializer(StateSerializers serializers)
        : this(serializers.Of<TFirst>(), serializers.Of<TSecond>())
    {
    }

    public override string Format { get; } = FormatParts.Join(Word, first.Format, second.Format);

    public override void Write(StateWriter writer, (TFirst, TSecond) tuple)
    {
        first.Write(writer, tuple.Item1);
        second.Write(writer, tuple.Item2);
    }

    public override (TFirst, TSecond) Read(ref StateReader reader) => (first.Read(ref reader), second.Read(ref reader));

    public override StateSerializer<(TFirst, TSecond)>? Reading(string format) =>
        FormatParts.Split(format, Word, 2) is { } parts
        && first.Reading(parts[0]) is { } firstReader
        && second.Reading(parts[1]) is { } secondReader
            ? new TwoSerializer<TFirst, TSecond>(firstReader, secondReader)
            : null;
}
