using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Coap;

/// <summary>How a server takes connections (RFC 8323), besides datagrams.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record CoapTcpOptions
{
    /// <summary>The port for connections without encryption; 0 for one that is free; null, which is the default, for none. What CoAP has by default is 5683.</summary>
    public int? Port { get; init; }

    /// <summary>The port for connections with TLS; 0 for one that is free; null, which is the default, for none. What CoAP has by default is 5684.</summary>
    public int? TlsPort { get; init; }

    /// <summary>The certificate, with its private key, by which the server proves who it is; needed for <see cref="TlsPort"/>.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The authorities of which one has to have issued a client's certificate; by default, null, clients need none.</summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>The most connections, at least 1; default 1,024. One more is closed at once.</summary>
    public int MaximumConnections { get; init; } = 1024;

    /// <summary>The largest message, in bytes; at least 1,152; default 64 KiB. What is larger goes in blocks.</summary>
    public int MaximumMessageSize { get; init; } = 64 << 10;

    internal void Validate()
    {
        OptionCheck.That(Port is null or (>= 0 and <= ushort.MaxValue), nameof(Port), "has to be from 0 to 65,535");
        OptionCheck.That(TlsPort is null or (>= 0 and <= ushort.MaxValue), nameof(TlsPort), "has to be from 0 to 65,535");
        OptionCheck.That(TlsPort is null || Certificate is { HasPrivateKey: true }, nameof(Certificate), $"with its private key is needed for {nameof(TlsPort)}");
        OptionCheck.That(MaximumConnections >= 1, nameof(MaximumConnections), "has to be at least 1");
        OptionCheck.That(MaximumMessageSize is >= 1152 and <= 16 << 20, nameof(MaximumMessageSize), "has to be from 1,152 to 16 MiB");
    }
}
