using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Storage.Parquet.Tests;

/// <summary>npm's s3rver on a free loopback port, with a bucket; gone when disposed. It does not check signatures, and knows neither conditional requests nor the end of an upload that was given up.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "lake";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iotstream-s3-");
    private readonly string _package = NodePackage.Find("s3rver", "3");
    private readonly int _port = FreePorts.Next();
    private readonly string[] _more;
    private readonly string _scheme;
    private PeerProcess _process;

    private S3Server(string scheme, string[] more)
    {
        (_scheme, _more) = (scheme, more);
        _process = Start();
    }

    public S3Options Options => OptionsFor(new Uri($"{_scheme}://localhost:{_port}"));

    /// <summary>The keys of all objects, as the server keeps them.</summary>
    public IEnumerable<string> Keys
    {
        get
        {
            const string Suffix = "._S3rver_object";
            string bucket = Path.Combine(_folder.FullName, Bucket);
            return Directory.EnumerateFiles(bucket, $"*{Suffix}", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(bucket, file)[..^Suffix.Length]).Order(StringComparer.Ordinal);
        }
    }

    public static S3Options OptionsFor(Uri address) => new() { Bucket = Bucket, Prefix = "plant-7/lake", Endpoint = address, PathStyle = true, AccessKey = "S3RVER", SecretKey = "S3RVER" };

    public static async Task<S3Server> StartAsync(string scheme = "http", params string[] more)
    {
        var server = new S3Server(scheme, more);
        await server.WaitAsync();
        return server;
    }

    /// <summary>Kills the server in the middle of whatever it does.</summary>
    public ValueTask KillAsync() => _process.DisposeAsync();

    public Task StartAgainAsync()
    {
        _process = Start();
        return WaitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    private PeerProcess Start() => PeerProcess.Start(
        "node",
        [Path.Combine(_package, "bin", "s3rver.js"), "-d", _folder.FullName, "-a", "127.0.0.1", "-p", $"{_port}", "-s", "--service-endpoint", "localhost", .. _more, "--configure-bucket", Bucket]);

    private async Task WaitAsync()
    {
        await Limits.UntilAsync(() => _process.Output.Any(static line => line.Contains("listening", StringComparison.Ordinal)) || _process.HasExited, "the server listens");
        _process.HasExited.Should().BeFalse("{0}", _process.Errors);
    }
}
