namespace IoTStream.State;

/// <summary>A tuple of three.</summary>
internal sealed class ThreeSerializer<TFirst, TSecond, TThird>(StateSerializer<TFirst> first, StateSerializer<TSecond> second, StateSerializer<TThird> third) : StateSerializer<(TFirst, TSecond, TThird)>
{
    private const string Word = "tuple";

    public ThreeSerializer(StateSerializers serializers)
        : this(serializers.Of<TFirst>(), serializers.Of<TSecond>(), serializers.Of<TThird>())
    {
    }

    public override string Format { get; } = FormatParts.Join(Word, first.Format, second.Format, third.Format);

    public override void Write(StateWriter writer, (TFirst, TSecond, TThird) tuple)
    {
        first.Write(writer, tuple.Item1);
        second.Write(writer, tuple.Item2);
        third.Write(writer, tuple.Item3);
    }

    public override (TFirst, TSecond, TThird) Read(ref StateReader reader) => (first.Read(ref reader), second.Read(ref reader), third.Read(ref reader));

    public override StateSerializer<(TFirst, TSecond, TThird)>? Reading(string format) =>
        FormatParts.Split(format, Word, 3) is { } parts
        && first.Reading(parts[0]) is { } firstReader
        && second.Reading(parts[1]) is { } secondReader
        && third.Reading(parts[2]) is { } thirdReader
            ? new ThreeSerializer<TFirst, TSecond, TThird>(firstReader, secondReader, thirdReader)
            : null;
}
