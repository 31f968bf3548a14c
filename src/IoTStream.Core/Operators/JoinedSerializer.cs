using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>Records of two streams on their way together.</summary>
internal sealed class JoinedSerializer<TKey, TLeft, TRight>(StateSerializer<TKey> key, StateSerializer<TLeft> left, StateSerializer<TRight> right)
    : StateSerializer<Joined<TKey, TLeft, TRight>>
{
    private const string Word = "joined";

    public override string Format { get; } = FormatParts.Join(Word, key.Format, left.Format, right.Format);

    public override void Write(StateWriter writer, Joined<TKey, TLeft, TRight> value)
    {
        writer.Write(value.IsRight);
        key.Write(writer, value.Key);
        if (value.IsRight)
        {
            right.Write(writer, value.Right);
        }
        else
        {
            left.Write(writer, value.Left);
        }
    }

    public override Joined<TKey, TLeft, TRight> Read(ref StateReader reader)
    {
        bool isRight = reader.Read<bool>();
        TKey read = key.Read(ref reader);
        return isRight
            ? Joined<TKey, TLeft, TRight>.OfRight(read, right.Read(ref reader))
            : Joined<TKey, TLeft, TRight>.OfLeft(read, left.Read(ref reader));
    }

    public override StateSerializer<Joined<TKey, TLeft, TRight>>? Reading(string format) =>
        FormatParts.Split(format, Word, 3) is [var keyPart, var leftPart, var rightPart]
        && key.Reading(keyPart) is { } keyReader
        && left.Reading(leftPart) is { } leftReader
        && right.Reading(rightPart) is { } rightReader
            ? new JoinedSerializer<TKey, TLeft, TRight>(keyReader, leftReader, rightReader)
            : null;
}
