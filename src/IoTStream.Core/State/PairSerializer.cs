namespace IoTStream.State;

/// <summary>A key and a value.</summary>
internal sealed class PairSerializer<TKey, TValue>(StateSerializer<TKey> key, StateSerializer<TValue> value) : StateSerializer<KeyValuePair<TKey, TValue>>
{
    private const string Word = "pair";

    public PairSerializer(StateSerializers serializers)
        : this(serializers.Of<TKey>(), serializers.Of<TValue>())
    {
    }

    public override string Format { get; } = FormatParts.Join(Word, key.Format, value.Format);

    public override void Write(StateWriter writer, KeyValuePair<TKey, TValue> pair)
    {
        key.Write(writer, pair.Key);
        value.Write(writer, pair.Value);
    }

    public override KeyValuePair<TKey, TValue> Read(ref StateReader reader) => new(key.Read(ref reader), value.Read(ref reader));

    public override StateSerializer<KeyValuePair<TKey, TValue>>? Reading(string format) =>
        FormatParts.Split(format, Word, 2) is { } parts
        && key.Reading(parts[0]) is { } keyReader
        && value.Reading(parts[1]) is { } valueReader
            ? new PairSerializer<TKey, TValue>(keyReader, valueReader)
            : null;
}
