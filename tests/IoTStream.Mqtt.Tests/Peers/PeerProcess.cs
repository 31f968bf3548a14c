using System.Diagnostics;
using System.Text;

namespace IoTStream.Mqtt.Tests.Peers;

/// <summary>A program of another make that a test talks to; killed when disposed.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly StringBuilder _errors = new();
    private bool _isDisposed;

    private PeerProcess(Process process) => _process = process;

    /// <summary>The lines of its standard output so far.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_output)
            {
                return [.. _output];
            }
        }
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    public static PeerProcess Start(string program, IEnumerable<string> arguments)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        var peer = new PeerProcess(process);
        process.OutputDataReceived += (_, e) => peer.Add(e.Data);
        process.ErrorDataReceived += (_, e) => peer.AddError(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return peer;
    }

    /// <summary>Waits for at least this many lines and returns all that have come.</summary>
    public async Task<IReadOnlyList<string>> LinesAsync(int count)
    {
        await Limits.UntilAsync(
            () => Output.Count >= count || _process.HasExited, $"{count} lines of output of {_process.StartInfo.FileName}");
        if (_process.HasExited)
        {
            // Its last output may still be on the way.
            using var limit = new CancellationTokenSource(Limits.Wait);
            await _process.WaitForExitAsync(limit.Token);
        }

        return Output;
    }

    /// <summary>Writes a line to its standard input.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Ends its standard input, waits for its end and returns the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Limits.Wait);
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Ends it without giving it the chance to say good-bye.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        using var limit = new CancellationTokenSource(Limits.Wait);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is not null)
        {
            lock (_output)
            {
                _output.Add(line);
            }
        }
    }

    private void AddError(string? line)
    {
        lock (_errors)
        {
            _errors.AppendLine(line);
        }
    }
}
