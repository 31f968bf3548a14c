using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IoTStream.Mqtt.Tests.Broker;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace IoTStream.Amqp.Tests.Peers;

/// <summary>A RabbitMQ of the tests' own on free loopback ports, with a port mapper of its own, gone when disposed.</summary>
internal sealed class RabbitMqServer : IAsyncDisposable
{
    /// <summary>The user whom a certificate with this name lets in.</summary>
    public const string CertifiedUser = "gateway";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("iotstream-rabbitmq-").FullName;
    private readonly StringBuilder _output = new();
    private readonly string _program;
    private readonly int _mapperPort = FreePorts.Next();
    private readonly int _distributionPort = FreePorts.Next();
    private readonly Process _mapper;
    private readonly X509Certificate2 _certificate;
    private Process _process;

    private RabbitMqServer(string program)
    {
        _program = program;
        _certificate = Authority.Issue("server");
        Directory.CreateDirectory(Path.Combine(_folder, "home"));
        Configure();
        _mapper = StartProcess("epmd", ["-port", $"{_mapperPort}", "-address", "127.0.0.1"]);
        _process = Start();
    }

    public int Port { get; } = FreePorts.Next();

    public int TlsPort { get; } = FreePorts.Next();

    /// <summary>Who issued the server's certificate, and whose certificates it takes.</summary>
    public Certificates Authority { get; } = new();

    public AmqpServer Options => Through(Port);

    /// <summary>Starts a server. If RabbitMQ is missing the test is ignored; it fails where everything has to be there (CI=true).</summary>
    public static async Task<RabbitMqServer> StartAsync()
    {
        var server = new RabbitMqServer(FindProgram());
        try
        {
            await server.WaitAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>How to connect by another port.</summary>
    public static AmqpServer Through(int port) => new($"127.0.0.1:{port}")
    {
        Reconnect = new AmqpReconnect { FirstDelay = TimeSpan.FromMilliseconds(20), LongestDelay = TimeSpan.FromMilliseconds(500) },
    };

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

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _mapper.Kill();
        await _mapper.WaitForExitAsync();
        _mapper.Dispose();
        _certificate.Dispose();
        Authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string FindProgram()
    {
        // Debian's own command becomes another user, who may not write where tests do; the one of RabbitMQ is beneath its libraries.
        string[] folders = Directory.Exists("/usr/lib/rabbitmq/lib") ? [.. Directory.GetDirectories("/usr/lib/rabbitmq/lib").Select(static version => Path.Combine(version, "sbin"))] : [];
        string? found = folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .Select(static folder => Path.Combine(folder, "rabbitmq-server")).FirstOrDefault(File.Exists);
        if (found is null)
        {
            const string Reason = "RabbitMQ is not installed (Debian: apt-get install rabbitmq-server).";
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                Assert.Fail(Reason);
            }

            Assert.Ignore(Reason);
        }

        return found!;
    }

    private void Configure()
    {
        (string certificate, string key) = Authority.Files(_certificate);
        File.WriteAllText(
            Path.Combine(_folder, "rabbitmq.conf"),
            $"""
            listeners.tcp.1 = 127.0.0.1:{Port}
            listeners.ssl.1 = 127.0.0.1:{TlsPort}
            ssl_options.cacertfile = {Authority.AuthorityFile}
            ssl_options.certfile = {certificate}
            ssl_options.keyfile = {key}
            ssl_options.verify = verify_peer
            ssl_options.fail_if_no_peer_cert = false
            auth_mechanisms.1 = PLAIN
            auth_mechanisms.2 = EXTERNAL
            ssl_cert_login_from = common_name
            load_definitions = {_folder}/definitions.json
            disk_free_limit.absolute = 10MB
            """);
        File.WriteAllText(
            Path.Combine(_folder, "definitions.json"),
            $$"""
            {
              "vhosts": [{"name": "/"}],
              "users": [
                {"name": "guest", "password": "guest", "tags": "administrator"},
                {"name": "{{CertifiedUser}}", "password_hash": "", "tags": ""}
              ],
              "permissions": [
                {"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
                {"user": "{{CertifiedUser}}", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
              ]
            }
            """);
        File.WriteAllText(Path.Combine(_folder, "plugins"), "[rabbitmq_auth_mechanism_ssl].");
        File.WriteAllText(Path.Combine(_folder, "environment"), "");
    }

    private Process Start() => StartProcess(_program, [], new()
    {
        ["HOME"] = Path.Combine(_folder, "home"),
        ["ERL_EPMD_PORT"] = $"{_mapperPort}",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODENAME"] = $"tests{Port}@localhost",
        ["RABBITMQ_DIST_PORT"] = $"{_distributionPort}",
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(_folder, "environment"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq.conf"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "plugins"),
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "data"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log"),
        ["RABBITMQ_LOGS"] = "-",

        // So the script becomes the server, instead of starting it, and it is the server that is killed.
        ["RUNNING_UNDER_SYSTEMD"] = "true",
    });

    private Process StartProcess(string program, string[] arguments, Dictionary<string, string>? environment = null)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder },
        };
        foreach ((string name, string value) in environment ?? [])
        {
            process.StartInfo.Environment[name] = value;
        }

        process.OutputDataReceived += (_, e) => Note(e.Data);
        process.ErrorDataReceived += (_, e) => Note(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Note(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }

    private string Output()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }

    private async Task WaitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = Port, AutomaticRecoveryEnabled = false };
        while (true)
        {
            try
            {
                await using IConnection connection = await factory.CreateConnectionAsync(limit.Token);
                await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: limit.Token);
                return;
            }
            catch (Exception early) when (early is RabbitMQClientException or IOException)
            {
                _process.HasExited.Should().BeFalse("the server starts: {0}", Output());
                await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
            }
        }
    }
}
