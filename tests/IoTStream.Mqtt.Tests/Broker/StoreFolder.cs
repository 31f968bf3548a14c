using IoTStream.Mqtt.Broker;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>A directory for a broker's store, deleted when disposed.</summary>
internal sealed class StoreFolder : IDisposable
{
    public StoreFolder() => Path = Directory.CreateTempSubdirectory("iotstream-broker-").FullName;

    private StoreFolder(string path) => Path = path;

    public string Path { get; }

    public long Size => Directory.EnumerateFiles(Path, "*.log").Sum(file => new FileInfo(file).Length);

    public Task<MqttBroker> StartAsync(Func<MqttBrokerOptions, MqttBrokerOptions>? configure = null) => Brokers.StartAsync(options =>
    {
        options = options with { Store = MqttBrokerStore.At(Path) };
        return configure is null ? options : configure(options);
    });

    /// <summary>What the directory would be if the process were killed now.</summary>
    public StoreFolder Crash()
    {
        while (true)
        {
            string copy = Directory.CreateTempSubdirectory("iotstream-broker-").FullName;
            if (TryCopy(copy))
            {
                return new StoreFolder(copy);
            }

            Directory.Delete(copy, recursive: true);
        }
    }

    public string LastSegment => Directory.EnumerateFiles(Path, "*.log").Order(StringComparer.Ordinal).Last();

    // Files only grow, come and go: if they are the same before and after, the copy is of one moment.
    private bool TryCopy(string copy)
    {
        try
        {
            (string, long)[] before = [.. Files()];
            foreach ((string file, _) in before)
            {
                // Shared, as the broker has it open.
                using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var to = new FileStream(System.IO.Path.Combine(copy, System.IO.Path.GetFileName(file)), FileMode.CreateNew);
                from.CopyTo(to);
            }

            return Files().SequenceEqual(before);
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    private IEnumerable<(string Name, long Length)> Files() => Directory.EnumerateFiles(Path, "*.log*")
        .Order(StringComparer.Ordinal)
        .Select(file => (file, new FileInfo(file).Length));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
