using System.Text;

namespace IoTStream.Connectors;

/// <summary>A named value that a transport carries beside a record's payload, such as a Kafka header or an MQTT user property.</summary>
/// <param name="Name">The name; need not be unique among the headers of a record.</param>
/// <param name="Value">The value's bytes.</param>
public readonly record struct RecordHeader(string Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>A header with a text value, kept as UTF-8.</summary>
    /// <param name="name">The header's name.</param>
    /// <param name="text">The header's value.</param>
    public RecordHeader(string name, string text)
        : this(name, Encoding.UTF8.GetBytes(text))
    {
    }

    /// <summary>The value read as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Value.Span);
}
