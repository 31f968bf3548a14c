namespace IoTStream.Avro;

/// <summary>Where a schema registry is, and how it is asked.</summary>
public sealed record SchemaRegistryOptions
{
    /// <summary>The address of the registry, with https for TLS; a path in it is kept.</summary>
    public required Uri Address { get; init; }

    /// <summary>The user of basic authentication; without one there is none.</summary>
    public string? User { get; init; }

    /// <summary>The password of basic authentication.</summary>
    public string? Password { get; init; }

    /// <summary>
    /// What carries out the requests, for instance a <see cref="SocketsHttpHandler"/> whose <c>SslOptions</c> have certificates. It is not disposed of. By default one of the client's
    /// own, which trusts whom the system trusts.
    /// </summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>How long a request may take; 10 seconds by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a request is repeated that found no registry, or one that is overloaded or broken (429, 5xx); 3 by default.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>How long is waited before the first repetition, and twice as long before each further one; 100 ms by default.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long an identifier that the registry does not know is not asked for again; a minute by default.</summary>
    public TimeSpan UnknownFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many schemas a client keeps; 10,000 by default. A registry that has more for one client is an error.</summary>
    public int Capacity { get; init; } = 10_000;

    /// <summary>The clock; by default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
