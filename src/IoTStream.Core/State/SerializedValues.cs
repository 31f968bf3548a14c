namespace IoTStream.State;

/// <summary>The states of a table, each as its serializer makes it.</summary>
internal sealed class SerializedValues<TKey, TState>(StateTable<TKey, TState> table, StateSerializer<TState> serializer) : EntryValues
    where TKey : notnull
{
    public override string Format => serializer.Format;

    public override void Write(StateWriter writer, int place) => serializer.Write(writer, table.StateAt(place));

    public override void Read(ref StateReader reader, int place) => table.StateAt(place) = serializer.Read(ref reader);

    public override EntryValues? Reading(string format) =>
        serializer.Reading(format) is { } found ? new SerializedValues<TKey, TState>(table, found) : null;
}
