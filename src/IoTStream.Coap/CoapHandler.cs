namespace IoTStream.Coap;

/// <summary>
/// Answers the requests for a resource. While its task runs, others are taken, so it may be called by several threads at once; an exception becomes 5.00. What takes longer than the client waits for an
/// acknowledgement is acknowledged for itself and answered later.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="cancellationToken">Cancelled when the server is disposed.</param>
public delegate ValueTask<CoapResponse> CoapHandler(CoapServerRequest request, CancellationToken cancellationToken);
