using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Messaging;

/// <summary>A request of a test, and what came of it.</summary>
internal sealed class Asked(bool isLasting = false) : OutgoingRequest
{
    public List<(CoapCode Code, string Payload)> Answers { get; } = [];

    public LossReason? Loss { get; private set; }

    public int Acknowledgements { get; private set; }

    public override bool OnResponse(in Message message, in PeerAddress from)
    {
        Answers.Add((message.Code, System.Text.Encoding.UTF8.GetString(message.Payload)));
        return isLasting;
    }

    public override void OnAcknowledged() => Acknowledgements++;

    public override void OnLost(LossReason reason) => Loss = reason;
}
