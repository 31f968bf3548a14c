using System.Text;
using IoTStream.Connectors;
using IoTStream.Mqtt;

namespace SmartCity.Traffic;

/// <summary>A line of the file of dead letters: what could not be used, why, and the topic it came with.</summary>
internal sealed record Rejected(string Step, string Reason, string? Topic, string? Payload, Reading? Reading)
{
    public static Rejected Of(DeadLetter letter) => new(
        letter.Step,
        letter.Reason.Message,
        letter.Headers.Text(MqttHeaders.Topic),
        letter.Payload.IsEmpty ? (letter.Element as ReplayRow)?.Line : Encoding.UTF8.GetString(letter.Payload.Span),
        letter.Element as Reading);
}
