using System.Diagnostics;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace PredictiveMaintenance;

/// <summary>A process that runs a job: says when it has started, and ends when its input does, or is killed.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const string Ready = "ready";

    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(string name, IEnumerable<string> arguments, TextWriter output, TextWriter error)
    {
        // The program's own dotnet, whether it was started by that or by its launcher.
        string dotnet = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(dotnet, [typeof(ChildProcess).Assembly.Location, .. arguments])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data == Ready)
            {
                _ready.TrySetResult();
            }
            else if (line.Data is not null)
            {
                output.WriteLine($"{name}: {line.Data}");
            }
            else
            {
                _ready.TrySetException(new InvalidOperationException($"The {name} ended before it was ready."));
            }
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
            {
                error.WriteLine($"{name}: {line.Data}");
            }
        };
    }

    public static async Task<ChildProcess> StartAsync(string name, IEnumerable<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var child = new ChildProcess(name, [name, .. arguments], output, error);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        try
        {
            await child._ready.Task.WaitAsync(cancellationToken);
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <summary>Inside of the process: runs a job until the input ends.</summary>
    public static async Task ServeAsync(Topology topology, JobOptions options, CancellationToken stopping)
    {
        await using Job job = await topology.StartAsync(options, stopping);
        Console.WriteLine(Ready);
        Task end = Console.In.ReadToEndAsync(stopping);
        await Task.WhenAny(end, job.Completion);
        await job.StopAsync(StopMode.CloseWindows, stopping);
    }

    /// <summary>Ends the process as a power failure would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Lets the job end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
