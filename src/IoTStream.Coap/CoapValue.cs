using IoTStream.Coap.Server;

namespace IoTStream.Coap;

/// <summary>A value that a server offers, and whose observers are told when it is set.</summary>
/// <remarks>Thread-safe. An observer that is slow gets the newest value and not each one between.</remarks>
public sealed class CoapValue
{
    private readonly ValueResource _resource;

    internal CoapValue(ValueResource resource) => _resource = resource;

    /// <summary>How many clients observe it.</summary>
    public int Observers => _resource.Observers;

    /// <summary>Sets the value, and tells the observers.</summary>
    /// <param name="payload">The value; the server keeps the memory.</param>
    /// <param name="contentFormat">What it is, if that is said. When it changes, observers are told with 4.06 that they are not told any more, and have to observe anew (RFC 7641, section 4.2).</param>
    /// <param name="maxAge">How long it is fresh, in whole seconds; by default nothing is said, which means a minute.</param>
    public void Set(ReadOnlyMemory<byte> payload, CoapContentFormat? contentFormat = null, TimeSpan? maxAge = null) => _resource.Set(payload, contentFormat, maxAge);

    /// <summary>Takes the value away: observers are told with 4.04, and forgotten, and so is answered whoever asks, until it is set again.</summary>
    public void Remove() => _resource.Remove();
}
