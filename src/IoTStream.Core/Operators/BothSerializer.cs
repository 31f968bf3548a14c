using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>The accumulators of two aggregates.</summary>
internal sealed class BothSerializer<TFirst, TSecond>(StateSerializer<TFirst> first, StateSerializer<TSecond> second) : StateSerializer<Both<TFirst, TSecond>>
{
    private const string Word = "both";

    public override string Format { get; } = FormatParts.Join(Word, first.Format, second.Format);

    public override void Write(StateWriter writer, Both<TFirst, TSecond> value)
    {
        first.Write(writer, value.First);
        second.Write(writer, value.Second);
    }

    public override Both<TFirst, TSecond> Read(ref StateReader reader) => new() { First = first.Read(ref reader), Second = second.Read(ref reader) };

    public override StateSerializer<Both<TFirst, TSecond>>? Reading(string format) =>
        FormatParts.Split(format, Word, 2) is [var firstPart, var secondPart]
        && first.Reading(firstPart) is { } firstReader
        && second.Reading(secondPart) is { } secondReader
            ? new BothSerializer<TFirst, TSecond>(firstReader, secondReader)
            : null;
}
