namespace IoTStream.Coap;

/// <summary>How a peer has proved who it is.</summary>
public enum CoapIdentityKind
{
    /// <summary>By a key that both ends know.</summary>
    PreSharedKey,

    /// <summary>By a certificate of an authority that is trusted.</summary>
    Certificate,
}
