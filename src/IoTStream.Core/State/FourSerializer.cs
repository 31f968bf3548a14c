namespace IoTStream.State;

/// <summary>A tuple of four.</summary>
internal sealed class FourSerializer<TFirst, TSecond, TThird, TFourth>(StateSerializer<TFirst> first, StateSerializer<TSecond> second, StateSerializer<TThird> third, StateSerializer<TFourth> fourth) : StateSerializer<(TFirst, TSecond, TThird, TFourth)>
{
    private const string Word = "tuple";

    public FourSerializer(StateSerializers serializers)
        : this(serializers.Of<TFirst>(), serializers.Of<TSecond>(), serializers.Of<TThird>(), serializers.Of<TFourth>())
    {
    }

    public override string Format { get; } = FormatParts.Join(Word, first.Format, second.Format, third.Format, fourth.Format);

    public override void Write(StateWriter writer, (TFirst, TSecond, TThird, TFourth) tuple)
    {
        first.Write(writer, tuple.Item1);
        second.Write(writer, tuple.Item2);
        third.Write(writer, tuple.Item3);
        fourth.Write(writer, tuple.Item4);
    }

    public override (TFirst, TSecond, TThird, TFourth) Read(ref StateReader reader) => (first.Read(ref reader), second.Read(ref reader), third.Read(ref reader), fourth.Read(ref reader));

    public override StateSerializer<(TFirst, TSecond, TThird, TFourth)>? Reading(string format) =>
        FormatParts.Split(format, Word, 4) is { } parts
        && first.Reading(parts[0]) is { } firstReader
        && second.Reading(parts[1]) is { } secondReader
        && third.Reading(parts[2]) is { } thirdReader
        && fourth.Reading(parts[3]) is { } fourthReader
            ? new FourSerializer<TFirst, TSecond, TThird, TFourth>(firstReader, secondReader, thirdReader, fourthReader)
            : null;
}
