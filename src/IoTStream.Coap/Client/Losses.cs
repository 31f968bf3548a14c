using IoTStream.Coap.Messaging;

namespace IoTStream.Coap.Client;

/// <summary>What to tell of messages that were given up.</summary>
internal static class Losses
{
    public static CoapException Explain(LossReason reason, in PeerAddress peer) => new(reason switch
    {
        LossReason.Unanswered => $"{peer} has not answered, however often it was asked.",
        LossReason.Rejected => $"{peer} has rejected the request as one that it cannot make sense of.",
        LossReason.TooMany => $"Too many requests wait for {peer}, or for answers at all: CoapClientOptions has the limits.",
        _ => $"The client, or its session or connection with {peer}, was closed before there was an answer.",
    });
}
