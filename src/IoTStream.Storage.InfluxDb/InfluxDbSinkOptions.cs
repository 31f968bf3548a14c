namespace IoTStream.Storage.InfluxDb;

/// <summary>How points are written.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record InfluxDbSinkOptions
{
    /// <summary>How many points a request has at most. Default: 5,000, which is what InfluxDB recommends.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int BatchSize
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"InfluxDbSinkOptions.BatchSize is {value}; it must be at least 1.");
    }
    = 5_000;

    /// <summary>Whether requests are compressed with gzip: less for the network, more for the processor. Default: no.</summary>
    public bool Compress { get; init; }

    /// <summary>How long a request may take. Default: 10 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is zero or less.</exception>
    public TimeSpan Timeout
    {
        get;
        init => field = value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"InfluxDbSinkOptions.Timeout is {value}; it must be more than zero.");
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a request is tried again while the server cannot be reached, is overloaded, or fails; after that the job fails. While it is tried the pipeline is held back. Default: 5 min.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than zero.</exception>
    public TimeSpan GiveUpAfter
    {
        get;
        init => field = value >= TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"InfluxDbSinkOptions.GiveUpAfter is {value}; it must not be less than zero.");
    }
    = TimeSpan.FromMinutes(5);

    /// <summary>What happens to points that the server will never take, such as one whose field has another type already, and to those that cannot be written at all. Default: the job fails.</summary>
    public RejectedPoints Rejected { get; init; } = RejectedPoints.Fail;

    /// <summary>Makes what sends requests, once for each writer, for certificates and proxies of your own. Default: a <see cref="SocketsHttpHandler"/>.</summary>
    public Func<HttpMessageHandler>? Handler { get; init; }
}
