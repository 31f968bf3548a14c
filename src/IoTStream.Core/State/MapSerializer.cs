namespace IoTStream.State;

/// <summary>The entries of a map, behind their number.</summary>
internal sealed class MapSerializer<TEntry, TValue>(StateSerializer<TEntry> keys, StateSerializer<TValue> values) : StateSerializer<Dictionary<TEntry, TValue>>
    where TEntry : notnull
{
    private const string Word = "map";

    public override string Format { get; } = FormatParts.Join(Word, keys.Format, values.Format);

    public override void Write(StateWriter writer, Dictionary<TEntry, TValue> value)
    {
        writer.WriteCount(value.Count);
        foreach ((TEntry key, TValue element) in value)
        {
            keys.Write(writer, key);
            values.Write(writer, element);
        }
    }

    public override Dictionary<TEntry, TValue> Read(ref StateReader reader)
    {
        Dictionary<TEntry, TValue> map = [];
        for (int left = reader.ReadCount(); left > 0; left--)
        {
            TEntry key = keys.Read(ref reader);
            map[key] = values.Read(ref reader);
        }

        return map;
    }

    public override StateSerializer<Dictionary<TEntry, TValue>>? Reading(string format) =>
        FormatParts.Split(format, Word, 2) is { } parts && keys.Reading(parts[0]) is { } readsKeys && values.Reading(parts[1]) is { } readsValues
            ? new MapSerializer<TEntry, TValue>(readsKeys, readsValues)
            : null;
}
