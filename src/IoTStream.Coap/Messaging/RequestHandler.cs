using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Messaging;

/// <summary>Takes a request; no two at the same time of one channel.</summary>
/// <param name="message">The request; valid during the call.</param>
/// <param name="exchange">Takes the answer, now or later.</param>
/// <returns>Whether it has been answered already.</returns>
internal delegate bool RequestHandler(in Message message, in Exchange exchange);
