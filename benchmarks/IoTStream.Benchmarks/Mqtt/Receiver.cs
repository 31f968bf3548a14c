using System.Globalization;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>A process that subscribes, and whose progress can be seen without asking it for anything that would cost it time.</summary>
internal sealed class Receiver : IDisposable
{
    private readonly string? _file;
    private readonly Progress? _progress;

    private Receiver(Child process, Progress? progress, string? file)
    {
        Process = process;
        _progress = progress;
        _file = file;
    }

    public Child Process { get; }

    public bool IsOurs => _progress is not null;

    /// <summary>How many messages it has received.</summary>
    public long Received => _progress?.Value ?? Process.WrittenBytes / (Packets.PayloadSize + 1);

    /// <summary>Starts a job with our source.</summary>
    public static Receiver StartOurs(int port, int qualityOfService)
    {
        string file = Path.GetTempFileName();
        var progress = new Progress(file);
        var process = Child.StartOurs(SourceHost.Verb, port.ToString(CultureInfo.InvariantCulture), qualityOfService.ToString(CultureInfo.InvariantCulture), file);
        return new Receiver(process, progress, file);
    }

    /// <summary>Starts mosquitto_sub, which writes each payload and a line feed to nowhere: by these bytes the system knows how many there were.</summary>
    public static Receiver StartMosquitto(string program, int port, int qualityOfService) => new(
        Child.Start(
            "/bin/sh", "-c",
            string.Create(CultureInfo.InvariantCulture, $"exec {program} -h 127.0.0.1 -p {port} -V 311 -q {qualityOfService} -t '{Packets.Filter}' > /dev/null")),
        progress: null,
        file: null);

    /// <summary>Waits until it is subscribed.</summary>
    public async Task BeginAsync()
    {
        if (IsOurs)
        {
            await Process.ReadLineAsync();
        }
        else
        {
            // It does not say so.
            await Task.Delay(TimeSpan.FromSeconds(0.5), TimeProvider.System);
        }
    }

    public void Dispose()
    {
        Process.Dispose();
        _progress?.Dispose();
        if (_file is not null)
        {
            File.Delete(_file);
        }
    }
}
