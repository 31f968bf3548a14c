using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Server;

/// <summary>What answers the requests for the paths of a template. Thread-safe.</summary>
internal abstract class Resource(CoapResourceOptions description)
{
    public CoapResourceOptions Description { get; } = description;

    /// <summary>Whether it can be observed.</summary>
    public virtual bool IsObservable => false;

    /// <summary>Takes a request.</summary>
    /// <param name="message">The request; valid during the call, like everything else but the path.</param>
    /// <param name="options">Its options.</param>
    /// <param name="body">The body, as a whole.</param>
    /// <param name="route">The path.</param>
    /// <param name="answer">Takes the answer, now or later.</param>
    /// <returns>Whether it has been answered already.</returns>
    public abstract bool Handle(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Answer answer);
}
