using System.Net;

namespace IoTStream.Coap;

/// <summary>Where a server listens, and what bounds it.</summary>
/// <remarks>Immutable; thread-safe as long as the collections are left alone.</remarks>
public sealed record CoapServerOptions
{
    /// <summary>The port that CoAP has by default.</summary>
    public const int DefaultPort = 5683;

    /// <summary>The address to listen at; default all of this machine, IPv6 and IPv4.</summary>
    public IPAddress Address { get; init; } = IPAddress.IPv6Any;

    /// <summary>The UDP port; 0 for one that is free; default 5683.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The groups whose requests are taken besides, such as 224.0.1.187, "all CoAP nodes"; default none.</summary>
    public IReadOnlyList<IPAddress> Groups { get; init; } = [];

    /// <summary>Whether and how connections are taken (RFC 8323); default not.</summary>
    public CoapTcpOptions Tcp { get; init; } = new();

    /// <summary>Whether and how DTLS is spoken; default not.</summary>
    public CoapDtlsServerOptions Dtls { get; init; } = new();

    /// <summary>How messages are repeated.</summary>
    public CoapTransmission Transmission { get; init; } = new();

    /// <summary>The largest body that is taken in blocks, in bytes; at least 1; default 1 MiB. What is larger is answered with 4.13.</summary>
    public int MaximumBodySize { get; init; } = 1 << 20;

    /// <summary>The most bytes of bodies that have not come as a whole, or not been fetched as a whole, of each kind; at least 1; default 16 MiB. The oldest make room for new ones.</summary>
    public long MaximumPartialBytes { get; init; } = 16L << 20;

    /// <summary>How many messages are remembered, so that what comes again is known as such; at least 16; default 262,144, which take 30 MB when they are there. When they are more within the lifetime of an exchange, the oldest are forgotten.</summary>
    public int MaximumExchanges { get; init; } = 1 << 18;

    /// <summary>How many peers are remembered with which nothing is under way; at least 1; default 16,384.</summary>
    public int MaximumPeers { get; init; } = 1 << 14;

    /// <summary>How many requests handlers work at, at most; what is more is answered with 5.03; at least 1; default 1,024.</summary>
    public int MaximumPending { get; init; } = 1024;

    /// <summary>How many clients can observe resources, in all; what is more gets its answer and no notifications; default 4,096. No peer has more than an eighth of them, or 16.</summary>
    public int MaximumObservers { get; init; } = 4096;

    /// <summary>
    /// How many times longer than its request an answer can be as long as the peer has not proved that it is where its datagrams say, since somebody else might have sent them to do harm; default 3. The proof is
    /// asked for with 4.01 and an Echo option (RFC 9175), which clients that know of it answer by themselves; <see cref="double.PositiveInfinity"/> for networks in which addresses can be trusted.
    /// </summary>
    public double MaximumAmplification { get; init; } = 3;

    /// <summary>After what time somebody who is refused because there is too much to do is to try again, in whole seconds; default 5 s.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many bytes the operating system is asked to hold that were not received yet; default 4 MiB.</summary>
    public int ReceiveBufferSize { get; init; } = 4 << 20;

    /// <summary>The clock; default the system's. A source replaces it by the job's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        OptionCheck.That(Address is not null, nameof(Address), "cannot be null");
        OptionCheck.That(Port is >= 0 and <= ushort.MaxValue, nameof(Port), "has to be from 0 to 65,535");
        OptionCheck.That(Groups is not null, nameof(Groups), "cannot be null");
        OptionCheck.That(Tcp is not null, nameof(Tcp), "cannot be null");
        Tcp!.Validate();
        OptionCheck.That(Dtls is not null, nameof(Dtls), "cannot be null");
        Dtls!.Validate();
        OptionCheck.That(Transmission is not null, nameof(Transmission), "cannot be null");
        Transmission!.Validate();
        OptionCheck.That(MaximumBodySize >= 1, nameof(MaximumBodySize), "has to be at least 1");
        OptionCheck.That(MaximumPartialBytes >= 1, nameof(MaximumPartialBytes), "has to be at least 1");
        OptionCheck.That(MaximumExchanges >= 16, nameof(MaximumExchanges), "has to be at least 16");
        OptionCheck.That(MaximumPeers >= 1, nameof(MaximumPeers), "has to be at least 1");
        OptionCheck.That(MaximumPending >= 1, nameof(MaximumPending), "has to be at least 1");
        OptionCheck.That(MaximumObservers >= 0, nameof(MaximumObservers), "cannot be negative");
        OptionCheck.That(MaximumAmplification >= 1, nameof(MaximumAmplification), "has to be at least 1");
        OptionCheck.That(RetryAfter >= TimeSpan.FromSeconds(1) && RetryAfter <= TimeSpan.FromDays(1), nameof(RetryAfter), "has to be from a second to a day");
        OptionCheck.That(ReceiveBufferSize >= 1, nameof(ReceiveBufferSize), "has to be at least 1");
        OptionCheck.That(TimeProvider is not null, nameof(TimeProvider), "cannot be null");
    }
}
