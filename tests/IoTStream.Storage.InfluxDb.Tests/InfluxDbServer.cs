using System.Diagnostics;
using System.Text.Json;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Storage.InfluxDb.Tests;

/// <summary>An InfluxDB 1 of the tests' own on free loopback ports, gone when disposed.</summary>
internal sealed class InfluxDbServer : IAsyncDisposable
{
    private readonly HttpClient _client = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("iotstream-influxdb-").FullName;
    private readonly int _port = FreePorts.Next();
    private Process _process;

    private InfluxDbServer()
    {
        string folder = _folder.Replace("\\", "/", StringComparison.Ordinal);
        File.WriteAllText(
            Path.Combine(_folder, "influxdb.conf"),
            $"""
            reporting-disabled = true
            bind-address = "127.0.0.1:{FreePorts.Next()}"
            [meta]
            dir = "{folder}/meta"
            [data]
            dir = "{folder}/data"
            wal-dir = "{folder}/wal"
            [http]
            bind-address = "127.0.0.1:{_port}"
            [monitor]
            store-enabled = false
            """);
        _process = Start();
    }

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>Starts a server. If InfluxDB is missing the test is ignored; it fails where everything has to be there (CI=true).</summary>
    public static async Task<InfluxDbServer> StartAsync()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "influxd"))))
        {
            const string Reason = "InfluxDB is not installed (Debian: apt-get install influxdb).";
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                Assert.Fail(Reason);
            }

            Assert.Ignore(Reason);
        }

        var server = new InfluxDbServer();
        await server.WaitAsync();
        return server;
    }

    /// <summary>Kills the server in the middle of whatever it does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public Task StartAgainAsync()
    {
        _process = Start();
        return WaitAsync();
    }

    /// <summary>Runs a statement; gives the rows of its first series, columns as JSON, timestamps in nanoseconds.</summary>
    public async Task<IReadOnlyList<JsonElement[]>> QueryAsync(string database, string statement)
    {
        var form = new FormUrlEncodedContent([new("db", database), new("q", statement), new("epoch", "ns")]);
        using HttpResponseMessage response = await _client.PostAsync(new Uri(Address, "query"), form);
        using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        JsonElement result = document.RootElement.GetProperty("results")[0];
        result.TryGetProperty("error", out JsonElement error).Should().BeFalse($"{statement}: {error}");
        return result.TryGetProperty("series", out JsonElement series)
            ? [.. series[0].GetProperty("values").EnumerateArray().Select(static row => row.EnumerateArray().Select(static value => value.Clone()).ToArray())]
            : [];
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Process Start()
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("influxd", ["-config", Path.Combine(_folder, "influxdb.conf")]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true },
        };
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task WaitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                using HttpResponseMessage response = await _client.GetAsync(new Uri(Address, "ping"), limit.Token);
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }
}
