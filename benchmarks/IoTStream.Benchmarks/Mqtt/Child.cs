using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>A process that is measured: one of ours, which is this program with another verb, or a peer. Killed when disposed.</summary>
internal sealed class Child : IDisposable
{
    private static readonly ConcurrentDictionary<Child, bool> Alive = new();

    private readonly Process _process;

    // A peer does not end with its input, and would stay behind when a run is cut short.
    static Child() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (Child child in Alive.Keys)
        {
            child.Dispose();
        }
    };

    private Child(Process process)
    {
        _process = process;
        Alive[this] = true;
    }

    /// <summary>The processor time that it has used so far, of all its threads.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            // The fields behind the name, which may hold spaces: the twelfth and thirteenth are ticks in user mode and in the kernel.
            string text = File.ReadAllText($"/proc/{_process.Id}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            long ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            return TimeSpan.FromMilliseconds(ticks * 10);
        }
    }

    /// <summary>The bytes of memory that it holds.</summary>
    public long ResidentBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The bytes that it has written to files of any kind, but for sockets.</summary>
    public long WrittenBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/io").First(line => line.StartsWith("wchar:", StringComparison.Ordinal));
            return long.Parse(line.AsSpan("wchar:".Length), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Starts this program with another verb.</summary>
    public static Child StartOurs(params string[] arguments) => Start(Environment.ProcessPath!, [Environment.GetCommandLineArgs()[0], .. arguments]);

    /// <summary>Starts a peer.</summary>
    public static Child Start(string program, params string[] arguments)
    {
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHost ? arguments : arguments.Where(static argument => !argument.EndsWith(".dll", StringComparison.Ordinal)))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new Child(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
    }

    /// <summary>Reads a line of its output.</summary>
    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{_process.StartInfo.FileName} ended.");

    /// <summary>Asks one of ours something, and reads its answer, which is a number.</summary>
    public async Task<long> AskAsync(string question)
    {
        await _process.StandardInput.WriteLineAsync(question);
        return long.Parse(await ReadLineAsync(), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        if (!Alive.TryRemove(this, out _))
        {
            return;
        }

        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
