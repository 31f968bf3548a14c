using System.Runtime.CompilerServices;

namespace IoTStream.State;

/// <summary>An array, or null.</summary>
internal sealed class ArraySerializer<T>(StateSerializer<T> item) : StateSerializer<T[]?>
{
    private const string Word = "list";

    public ArraySerializer(StateSerializers serializers)
        : this(serializers.Of<T>())
    {
    }

    /// <summary>The same as that of a list: the one can become the other.</summary>
    public override string Format { get; } = FormatParts.Join(Word, item.Format);

    public override void Write(StateWriter writer, T[]? value)
    {
        writer.Write(value is not null);
        if (value is not null)
        {
            WriteItems(writer, item, value);
        }
    }

    public override T[]? Read(ref StateReader reader) => reader.Read<bool>() ? ReadItems(ref reader, item) : null;

    public override StateSerializer<T[]?>? Reading(string format) => ItemOf(format, item) is { } found ? new ArraySerializer<T>(found) : null;

    /// <summary>Writes items behind their number.</summary>
    public static void WriteItems(StateWriter writer, StateSerializer<T> item, ReadOnlySpan<T> items)
    {
        writer.WriteCount(items.Length);
        foreach (T value in items)
        {
            item.Write(writer, value);
        }
    }

    /// <summary>Reads what <see cref="WriteItems"/> wrote.</summary>
    /// <exception cref="InvalidDataException">There are not as many bytes left as there should be items.</exception>
    public static T[] ReadItems(ref StateReader reader, StateSerializer<T> item)
    {
        var items = new T[reader.ReadCount(leastSize: 1)];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = item.Read(ref reader);
        }

        return items;
    }

    /// <summary>What reads the items of a format.</summary>
    public static StateSerializer<T>? ItemOf(string format, StateSerializer<T> item) =>
        FormatParts.Split(format, Word, 1) is [var part] ? item.Reading(part) : null;
}
