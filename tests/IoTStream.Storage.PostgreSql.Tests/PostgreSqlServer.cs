using System.Diagnostics;
using System.Net.Sockets;
using IoTStream.Mqtt.Tests.Peers;
using Npgsql;

namespace IoTStream.Storage.PostgreSql.Tests;

/// <summary>A PostgreSQL server of the tests' own on a free loopback port, gone when disposed.</summary>
internal sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string User = "postgres";

    private readonly string _folder;
    private readonly string _programs;
    private readonly int _port;
    private Process _process;

    private PostgreSqlServer(string folder, string programs, int port)
    {
        _folder = folder;
        _programs = programs;
        _port = port;
        _process = Start(Path.Combine(programs, "postgres"), Arguments);
    }

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username={User};Database=postgres;Timeout=20";

    private string[] Arguments =>
        ["-D", Path.Combine(_folder, "data"), "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", $"unix_socket_directories={_folder}", "-c", "fsync=off"];

    /// <summary>Starts a server. If PostgreSQL is missing the test is ignored; it fails where everything has to be there (CI=true).</summary>
    public static async Task<PostgreSqlServer> StartAsync()
    {
        string programs = FindPrograms();
        string folder = Directory.CreateTempSubdirectory("iotstream-postgresql-").FullName;
        if (Environment.UserName == "root")
        {
            // The server refuses to run as root.
            await EndAsync(Process.Start("chown", [User, folder]));
        }

        await EndAsync(Start(Path.Combine(programs, "initdb"), ["-D", Path.Combine(folder, "data"), "-A", "trust", "-U", User, "--no-sync"]));
        var server = new PostgreSqlServer(folder, programs, FreePorts.Next());
        await server.WaitAsync();
        return server;
    }

    /// <summary>Kills the server in the middle of whatever it does, and starts it again.</summary>
    public async Task CrashAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        NpgsqlConnection.ClearAllPools();
        File.Delete(Path.Combine(_folder, "data", "postmaster.pid"));
        _process = Start(Path.Combine(_programs, "postgres"), Arguments);
        await WaitAsync();
    }

    /// <summary>Runs a command.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a query.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken = default)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Lets nobody write into a table until the connection is closed.</summary>
    public async Task<NpgsqlConnection> LockAsync(string table)
    {
        var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {table} IN SHARE MODE", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>Waits until somebody wants to write into a table that is locked.</summary>
    public async Task WaitForWriterAsync(string table)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await QueryAsync($"SELECT 1 FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted", static reader => reader.GetInt32(0), limit.Token)).Count == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // "Fast shutdown": connections are closed, and nothing is left running.
        await EndAsync(Process.Start("kill", ["-INT", $"{_process.Id}"]));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Process Start(string program, string[] arguments) => Environment.UserName == "root"
        ? StartQuietly("setpriv", [$"--reuid={User}", $"--regid={User}", "--clear-groups", program, .. arguments])
        : StartQuietly(program, arguments);

    private static Process StartQuietly(string program, string[] arguments)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" },
        };
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task EndAsync(Process process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        process.ExitCode.Should().Be(0);
        process.Dispose();
    }

    private static string FindPrograms()
    {
        string[] folders = Directory.Exists("/usr/lib/postgresql") ? [.. Directory.GetDirectories("/usr/lib/postgresql").Select(static version => Path.Combine(version, "bin"))] : [];
        string? found = folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .FirstOrDefault(static folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));
        if (found is null)
        {
            const string Reason = "PostgreSQL is not installed (Debian: apt-get install postgresql).";
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                Assert.Fail(Reason);
            }

            Assert.Ignore(Reason);
        }

        return found!;
    }

    private async Task WaitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or SocketException)
            {
                _process.HasExited.Should().BeFalse("the server starts");
                await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
            }
        }
    }
}
