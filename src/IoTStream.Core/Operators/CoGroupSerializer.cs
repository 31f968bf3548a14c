using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>The records of both streams in a window.</summary>
internal sealed class CoGroupSerializer<TKey, TLeft, TRight>(StateSerializer<TimedList<TLeft>?> left, StateSerializer<TimedList<TRight>?> right)
    : StateSerializer<CoGroupAggregate<TKey, TLeft, TRight>.Lists>
{
    private const string Word = "cogroup";

    public override string Format { get; } = FormatParts.Join(Word, left.Format, right.Format);

    public override void Write(StateWriter writer, CoGroupAggregate<TKey, TLeft, TRight>.Lists value)
    {
        left.Write(writer, value.Left);
        right.Write(writer, value.Right);
    }

    public override CoGroupAggregate<TKey, TLeft, TRight>.Lists Read(ref StateReader reader) =>
        new() { Left = left.Read(ref reader), Right = right.Read(ref reader) };

    public override StateSerializer<CoGroupAggregate<TKey, TLeft, TRight>.Lists>? Reading(string format) =>
        FormatParts.Split(format, Word, 2) is [var leftPart, var rightPart]
        && left.Reading(leftPart) is { } leftReader
        && right.Reading(rightPart) is { } rightReader
            ? new CoGroupSerializer<TKey, TLeft, TRight>(leftReader, rightReader)
            : null;
}
