namespace IoTStream.State;

/// <summary>Values that somebody keeps by place, each as its serializer makes it.</summary>
internal sealed class PlaceValues<T>(StateSerializer<T> serializer, Func<int, T> get, Action<int, T> set) : EntryValues
{
    public override string Format => serializer.Format;

    public override void Write(StateWriter writer, int place) => serializer.Write(writer, get(place));

    public override void Read(ref StateReader reader, int place) => set(place, serializer.Read(ref reader));

    public override EntryValues? Reading(string format) => serializer.Reading(format) is { } found ? new PlaceValues<T>(found, get, set) : null;
}
