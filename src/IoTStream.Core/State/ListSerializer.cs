using System.Runtime.InteropServices;

namespace IoTStream.State;

/// <summary>A list, or null.</summary>
internal sealed class ListSerializer<T>(StateSerializer<T> item) : StateSerializer<List<T>?>
{
    public ListSerializer(StateSerializers serializers)
        : this(serializers.Of<T>())
    {
    }

    public override string Format { get; } = new ArraySerializer<T>(item).Format;

    public override void Write(StateWriter writer, List<T>? value)
    {
        writer.Write(value is not null);
        if (value is not null)
        {
            ArraySerializer<T>.WriteItems(writer, item, CollectionsMarshal.AsSpan(value));
        }
    }

    public override List<T>? Read(ref StateReader reader) => reader.Read<bool>() ? [.. ArraySerializer<T>.ReadItems(ref reader, item)] : null;

    public override StateSerializer<List<T>?>? Reading(string format) =>
        ArraySerializer<T>.ItemOf(format, item) is { } found ? new ListSerializer<T>(found) : null;
}
