using System.Net;

namespace IoTStream.Coap;

/// <summary>How a client sends, and what bounds it.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record CoapClientOptions
{
    /// <summary>The address to send from; default any, IPv6 and IPv4.</summary>
    public IPAddress Address { get; init; } = IPAddress.IPv6Any;

    /// <summary>The UDP port to send from; 0, which is the default, for one that is free.</summary>
    public int Port { get; init; }

    /// <summary>How messages are repeated, and how many are on their way to one peer.</summary>
    public CoapTransmission Transmission { get; init; } = new();

    /// <summary>How long an answer is waited for in all; more than zero; default two minutes. A body in blocks has that time for each block.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How large blocks of bodies are at most: 16, 32, 64, 128, 256, 512 or 1,024 bytes, which is the default. Networks with small frames do better with 64.</summary>
    public int BlockSize { get; init; } = 1024;

    /// <summary>The largest body of an answer, in bytes; at least 1; default 1 MiB.</summary>
    public int MaximumBodySize { get; init; } = 1 << 20;

    /// <summary>The most requests that wait for answers, observations included; at least 1; default 65,536.</summary>
    public int MaximumRequests { get; init; } = 1 << 16;

    /// <summary>The most confirmable requests that wait for others to the same peer; at least 1; default 1,024.</summary>
    public int MaximumWaiting { get; init; } = 1024;

    /// <summary>The largest message over a connection, in bytes; at least 1,152; default 1 MiB. What is larger goes in blocks.</summary>
    public int MaximumMessageSize { get; init; } = 1 << 20;

    /// <summary>How connections of URIs with coaps+tcp are encrypted.</summary>
    public CoapTlsOptions Tls { get; init; } = new();

    /// <summary>How datagrams to URIs with coaps are encrypted.</summary>
    public CoapDtlsClientOptions Dtls { get; init; } = new();

    /// <summary>How many bytes the operating system is asked to hold that were not received yet; default 4 MiB.</summary>
    public int ReceiveBufferSize { get; init; } = 4 << 20;

    /// <summary>The clock; default the system's. Sources and sinks replace it by the job's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        OptionCheck.That(Address is not null, nameof(Address), "cannot be null");
        OptionCheck.That(Port is >= 0 and <= ushort.MaxValue, nameof(Port), "has to be from 0 to 65,535");
        OptionCheck.That(Transmission is not null, nameof(Transmission), "cannot be null");
        Transmission!.Validate();
        OptionCheck.That(ResponseTimeout > TimeSpan.Zero && ResponseTimeout <= TimeSpan.FromDays(1), nameof(ResponseTimeout), "has to be more than zero and at most a day");
        OptionCheck.That(BlockSize is 16 or 32 or 64 or 128 or 256 or 512 or 1024, nameof(BlockSize), "has to be a power of two from 16 to 1,024");
        OptionCheck.That(MaximumBodySize >= 1, nameof(MaximumBodySize), "has to be at least 1");
        OptionCheck.That(MaximumRequests >= 1, nameof(MaximumRequests), "has to be at least 1");
        OptionCheck.That(MaximumWaiting >= 1, nameof(MaximumWaiting), "has to be at least 1");
        OptionCheck.That(MaximumMessageSize is >= 1152 and <= 16 << 20, nameof(MaximumMessageSize), "has to be from 1,152 to 16 MiB");
        OptionCheck.That(Tls is not null, nameof(Tls), "cannot be null");
        OptionCheck.That(Dtls is not null, nameof(Dtls), "cannot be null");
        Dtls!.Validate();
        OptionCheck.That(ReceiveBufferSize >= 1, nameof(ReceiveBufferSize), "has to be at least 1");
        OptionCheck.That(TimeProvider is not null, nameof(TimeProvider), "cannot be null");
    }
}
