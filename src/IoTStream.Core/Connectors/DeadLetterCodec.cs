using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace IoTStream.Connectors;

/// <summary>
/// Dead letters as JSON, an object each, so that any sink can keep them and any source read them again: the step, the partition, the timestamp, the reason, the headers, and the
/// payload or the element. Bytes that are UTF-8 are written as text, others in base64.
/// </summary>
/// <remarks>Immutable and thread-safe, as far as the codecs of elements are.</remarks>
public sealed class DeadLetterCodec : ICodec<DeadLetter>
{
    private readonly ImmutableArray<ElementCodec> _elements;

    /// <summary>Keeps elements as what their <see cref="object.ToString"/> says, until <see cref="WithElements"/> tells more.</summary>
    public DeadLetterCodec()
        : this([])
    {
    }

    private DeadLetterCodec(ImmutableArray<ElementCodec> elements) => _elements = elements;

    /// <summary>Says how elements of a type are kept, which can then be read again.</summary>
    /// <param name="codec">Their codec.</param>
    /// <typeparam name="T">The type, or one that theirs derives from; of several that fit the one given first counts.</typeparam>
    /// <returns>A codec that knows this type too.</returns>
    public DeadLetterCodec WithElements<T>(ICodec<T> codec)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(codec);
        return new DeadLetterCodec(_elements.Add(new ElementCodec<T>(codec)));
    }

    /// <summary>Encodes a dead letter. One about another dead letter, which failed again when it was replayed, is written as that one with the later step and reason.</summary>
    /// <inheritdoc/>
    public void Encode(DeadLetter value, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(output);
        DeadLetter letter = value;
        while (letter.Element is DeadLetter earlier)
        {
            letter = earlier with { Step = value.Step, Reason = value.Reason };
        }

        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("step", WellFormed(letter.Step));
        json.WriteString("source", WellFormed(letter.Partition.Source));
        json.WriteNumber("partition", letter.Partition.Index);
        json.WriteString("partitionName", WellFormed(letter.Partition.Name));
        json.WriteString("timestamp", letter.Timestamp);
        json.WriteStartObject("reason");
        json.WriteString("type", letter.Reason is RecordedException recorded ? recorded.Type : letter.Reason.GetType().ToString());
        json.WriteString("message", WellFormed(letter.Reason.Message));
        json.WriteEndObject();
        json.WriteStartArray("headers");
        foreach (RecordHeader header in letter.Headers)
        {
            json.WriteStartObject();
            json.WriteString("name", WellFormed(header.Name));
            WriteBytes(json, header.Value.Span);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (letter.Element is not null)
        {
            WriteElement(json, letter.Element);
        }
        else
        {
            json.WriteStartObject("payload");
            WriteBytes(json, letter.Payload.Span);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <inheritdoc/>
    /// <exception cref="JsonException">The payload is not JSON, or has more than one value.</exception>
    /// <exception cref="FormatException">It is not a dead letter.</exception>
    public DeadLetter Decode(in ReadOnlySequence<byte> payload)
    {
        using var document = JsonDocument.Parse(payload);
        JsonElement json = document.RootElement;
        try
        {
            JsonElement reason = json.GetProperty("reason");
            return new DeadLetter
            {
                Step = TextOf(json, "step"),
                Partition = new SourcePartition(TextOf(json, "source"), json.GetProperty("partition").GetInt32(), TextOf(json, "partitionName")),
                Timestamp = json.GetProperty("timestamp").GetDateTimeOffset(),
                Reason = new RecordedException(TextOf(reason, "type"), TextOf(reason, "message")),
                Headers = new RecordHeaders([.. json.GetProperty("headers").EnumerateArray().Select(header => new RecordHeader(TextOf(header, "name"), ReadBytes(header)))]),
                Payload = json.TryGetProperty("payload", out JsonElement bytes) ? ReadBytes(bytes) : default,
                Element = json.TryGetProperty("element", out JsonElement element) ? ReadElement(element) : null,
            };
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"This is not a dead letter: {exception.Message}", exception);
        }
    }

    /// <summary>Text without surrogates that have no partner, which JSON cannot carry: a reason may quote what was received.</summary>
    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string TextOf(JsonElement json, string name) => json.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null.");

    private static void WriteBytes(Utf8JsonWriter json, ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            json.WriteString("text", bytes);
        }
        else
        {
            json.WriteBase64String("bytes", bytes);
        }
    }

    private static byte[] ReadBytes(JsonElement json) => json.TryGetProperty("text", out JsonElement text)
        ? Encoding.UTF8.GetBytes(text.GetString() ?? throw new FormatException("'text' is null."))
        : json.GetProperty("bytes").GetBytesFromBase64();

    private void WriteElement(Utf8JsonWriter json, object element)
    {
        json.WriteStartObject("element");
        if (element is UnknownElement unknown)
        {
            json.WriteString("type", WellFormed(unknown.Type));
            json.WriteString("shown", WellFormed(unknown.Text));
        }
        else if (_elements.FirstOrDefault(codec => codec.Knows(element)) is { } known)
        {
            var bytes = new ArrayBufferWriter<byte>();
            known.Encode(element, bytes);
            json.WriteString("type", known.Type);
            WriteBytes(json, bytes.WrittenSpan);
        }
        else
        {
            json.WriteString("type", element.GetType().ToString());
            json.WriteString("shown", WellFormed(Convert.ToString(element, CultureInfo.InvariantCulture) ?? ""));
        }

        json.WriteEndObject();
    }

    private object ReadElement(JsonElement json)
    {
        string type = TextOf(json, "type");
        if (json.TryGetProperty("shown", out JsonElement shown))
        {
            return new UnknownElement(type, shown.GetString() ?? "");
        }

        byte[] bytes = ReadBytes(json);
        return _elements.FirstOrDefault(codec => string.Equals(codec.Type, type, StringComparison.Ordinal)) is { } known
            ? known.Decode(new ReadOnlySequence<byte>(bytes))
            : throw new FormatException($"The element is a {type}: say with WithElements how such elements are read.");
    }

    private abstract class ElementCodec(Type type)
    {
        public string Type { get; } = type.ToString();

        public abstract bool Knows(object element);

        public abstract void Encode(object element, IBufferWriter<byte> output);

        public abstract object Decode(in ReadOnlySequence<byte> bytes);
    }

    private sealed class ElementCodec<T>(ICodec<T> codec) : ElementCodec(typeof(T))
        where T : notnull
    {
        public override bool Knows(object element) => element is T;

        public override void Encode(object element, IBufferWriter<byte> output) => codec.Encode((T)element, output);

        public override object Decode(in ReadOnlySequence<byte> bytes) => codec.Decode(bytes);
    }
}
