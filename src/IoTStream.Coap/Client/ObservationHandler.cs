namespace IoTStream.Coap.Client;

/// <summary>Takes what comes of an observation: a notification, or a failure after which it goes on by itself.</summary>
internal delegate ValueTask ObservationHandler(CoapResponse? response, CoapException? failure, CancellationToken cancellationToken);
