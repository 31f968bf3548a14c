namespace IoTStream.Storage.Parquet;

/// <summary>A bucket of object storage, and how it is reached.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record S3Options
{
    /// <summary>The name of the bucket.</summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public required string Bucket
    {
        get;
        init => field = !string.IsNullOrWhiteSpace(value)
            ? value
            : throw new ArgumentException("S3Options.Bucket is empty; give the name of a bucket that is there.", nameof(value));
    }

    /// <summary>What the keys of all objects of the lake begin with, such as <c>plant-7/lake</c>; empty for the whole bucket. Default: empty.</summary>
    /// <exception cref="ArgumentException">It begins or ends with a slash.</exception>
    public string Prefix
    {
        get;
        init => field = value is not null && !value.StartsWith('/') && !value.EndsWith('/')
            ? value
            : throw new ArgumentException($"S3Options.Prefix is '{value}'; it must neither begin nor end with a slash: 'plant-7/lake'.", nameof(value));
    }
    = "";

    /// <summary>The address of a server that is not Amazon's, <c>https://minio.example:9000</c>; null for Amazon's. Default: null.</summary>
    /// <exception cref="ArgumentException">It is not an address of http or https.</exception>
    public Uri? Endpoint
    {
        get;
        init => field = value is null || (value.IsAbsoluteUri && (value.Scheme == Uri.UriSchemeHttps || value.Scheme == Uri.UriSchemeHttp))
            ? value
            : throw new ArgumentException($"S3Options.Endpoint is '{value}'; give an address such as https://minio.example:9000.", nameof(value));
    }

    /// <summary>
    /// The region that requests are signed for. Default: null, for what <c>AWS_REGION</c>, the profile or the machine says at Amazon, and <c>us-east-1</c>, which other servers expect, with an
    /// <see cref="Endpoint"/>.
    /// </summary>
    public string? Region { get; init; }

    /// <summary>Whether the bucket is named in the path of requests, <c>https://host/bucket/key</c>, as servers of one's own mostly want it, or in front of the host. Default: in front of the host.</summary>
    public bool PathStyle { get; init; }

    /// <summary>
    /// The identifier of the key that requests are signed with. Default: null, for what the AWS SDK finds: <c>AWS_ACCESS_KEY_ID</c> and <c>AWS_SECRET_ACCESS_KEY</c>, a profile, or the role of the
    /// machine.
    /// </summary>
    public string? AccessKey { get; init; }

    /// <summary>The secret that belongs to <see cref="AccessKey"/>.</summary>
    public string? SecretKey { get; init; }

    /// <summary>What goes with a key that is valid for a time only; null for others.</summary>
    public string? SessionToken { get; init; }

    /// <summary>How many bytes a request carries at most: larger files are sent and fetched in parts of this size. Default: 16 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 5 MiB, which servers ask for, or more than 1 GiB.</exception>
    public int PartSize
    {
        get;
        init => field = value is >= 5 * 1024 * 1024 and <= 1024 * 1024 * 1024
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"S3Options.PartSize is {value}; it must be from 5 MiB to 1 GiB.");
    }
    = 16 * 1024 * 1024;

    /// <summary>How long a request may take, with all that it carries. Default: 1 min.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is zero or less.</exception>
    public TimeSpan Timeout
    {
        get;
        init => field = value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"S3Options.Timeout is {value}; it must be more than zero.");
    }
    = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a request is tried again while the server cannot be reached, is overloaded, or fails; after that the job fails. While it is tried the pipeline is held back. Default: 5 min.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than zero.</exception>
    public TimeSpan GiveUpAfter
    {
        get;
        init => field = value >= TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"S3Options.GiveUpAfter is {value}; it must not be less than zero.");
    }
    = TimeSpan.FromMinutes(5);

    /// <summary>Makes what sends requests, once for each sink, source or compaction that runs, for certificates and proxies of your own. Default: a <see cref="SocketsHttpHandler"/>.</summary>
    public Func<HttpMessageHandler>? Handler { get; init; }

    /// <summary>Whether all parts of the key are given that belong together.</summary>
    internal bool HasWholeKey => (AccessKey is null) == (SecretKey is null) && (SessionToken is null || AccessKey is not null);

    // What a record prints by itself would have the secrets.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"Bucket = {Bucket}, Prefix = {Prefix}, Endpoint = {Endpoint}, Region = {Region}");
        return true;
    }
}
