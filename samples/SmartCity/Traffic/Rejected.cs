using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IoTStream.Connectors;
using IoTStream.Mqtt;

namespace SmartCity.Traffic;

/// <summary>A line of the file of dead letters: what could not be used, why, and the topic it came with.</summary>
internal sealed record Rejected(string Step, string Reason, string? Topic, string? Payload, Reading? Reading)
{
    /// <summary>Leaves quotes in payloads as legible as JSON allows; not for pages of HTML.</summary>
    public static JsonTypeInfo<Rejected> LegibleJson { get; } =
        new CityJson(new JsonSerializerOptions(CityJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).Rejected;

    public static Rejected Of(DeadLetter letter) => new(
        letter.Step,
        letter.Reason.Message,
        letter.Headers.Text(MqttHeaders.Topic),
        letter.Payload.IsEmpty ? (letter.Element as ReplayRow)?.Line : Encoding.UTF8.GetString(letter.Payload.Span),
        letter.Element as Reading);
}
