using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace IoTStream.State;

/// <summary>A value as JSON.</summary>
internal sealed class JsonStateSerializer<T>(JsonTypeInfo<T> typeInfo) : StateSerializer<T>
{
    private const string Word = "json ";

    public override string Format { get; } = Word + TypeName.Of(typeof(T));

    public override void Write(StateWriter writer, T value)
    {
        int block = writer.BeginBlock();
        Utf8JsonWriter json = JsonStateWriter.On(writer);
        JsonSerializer.Serialize(json, value, typeInfo);
        json.Flush();
        writer.EndBlock(block);
    }

    public override T Read(ref StateReader reader)
    {
        var json = new Utf8JsonReader(reader.ReadBlock());
        try
        {
            return JsonSerializer.Deserialize(ref json, typeInfo)!;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"A {TypeName.Of(typeof(T))} cannot be read from the JSON that was kept of it. {exception.Message}", exception);
        }
    }
}
