using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Coap;

/// <summary>How a server speaks DTLS 1.2 (RFC 7252, section 9), besides datagrams without encryption. It needs the operating system's OpenSSL, which is loaded when a server with a port here is started.</summary>
/// <remarks>Immutable; thread-safe as long as the collections are left alone.</remarks>
public sealed record CoapDtlsServerOptions
{
    /// <summary>The UDP port that CoAP over DTLS has by default.</summary>
    public const int DefaultPort = 5684;

    /// <summary>The UDP port; 0 for one that is free; null, which is the default, for none.</summary>
    public int? Port { get; init; }

    /// <summary>
    /// Gives the key of an identity, from 1 to 256 bytes, or null if there is none; null, which is the default, if no pre-shared keys are taken. Called while a peer waits, by one thread at a time for each peer, and again when
    /// a session is taken up again: an identity that has lost its key then is refused. It has to be quick; what it throws counts as no key.
    /// </summary>
    public Func<string, byte[]?>? PreSharedKeys { get; init; }

    /// <summary>What clients are told so that they know which key is wanted; default nothing.</summary>
    public string? IdentityHint { get; init; }

    /// <summary>The certificate, with its private key, which has to be exportable, by which the server proves who it is; default none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The authorities of which one has to have issued a client's certificate; by default, null, clients need none.</summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>The most sessions; at least 1; default 4,096. Clients that want one more are not answered.</summary>
    public int MaximumSessions { get; init; } = 4096;

    /// <summary>The most sessions that are not established yet, of peers that have shown where they are; at least 1; default 256. More are not answered, and try again.</summary>
    public int MaximumHandshakes { get; init; } = 256;

    /// <summary>How long a peer can take to establish a session; default 30 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After what time without a word from the peer a session is closed; at least a second; default an hour.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    internal void Validate()
    {
        OptionCheck.That(Port is null or (>= 0 and <= ushort.MaxValue), nameof(Port), "has to be from 0 to 65,535");
        OptionCheck.That(Port is null || PreSharedKeys is not null || Certificate is not null, nameof(PreSharedKeys), $"or {nameof(Certificate)} is needed for {nameof(Port)}");
        OptionCheck.That(Certificate is null or { HasPrivateKey: true }, nameof(Certificate), "has to have its private key");
        OptionCheck.That(ClientAuthorities is null || Certificate is not null, nameof(ClientAuthorities), $"has no meaning without {nameof(Certificate)}");
        OptionCheck.That(IdentityHint is null || (PreSharedKeys is not null && IdentityHint.Length is > 0 and <= 100), nameof(IdentityHint), $"has to have from 1 to 100 characters, and {nameof(PreSharedKeys)} besides");
        OptionCheck.That(MaximumSessions >= 1, nameof(MaximumSessions), "has to be at least 1");
        OptionCheck.That(MaximumHandshakes >= 1, nameof(MaximumHandshakes), "has to be at least 1");
        OptionCheck.That(HandshakeTimeout > TimeSpan.Zero && HandshakeTimeout <= TimeSpan.FromHours(1), nameof(HandshakeTimeout), "has to be more than zero and at most an hour");
        OptionCheck.That(IdleTimeout >= TimeSpan.FromSeconds(1) && IdleTimeout <= TimeSpan.FromDays(365), nameof(IdleTimeout), "has to be from a second to a year");
    }
}
