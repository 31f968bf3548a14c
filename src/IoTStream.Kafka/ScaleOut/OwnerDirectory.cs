using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>Follows on a thread of its own who runs which shard. Thread-safe.</summary>
internal sealed class OwnerDirectory : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, string> _addresses = [];
    private readonly ClientLog _log = new();
    private readonly ShardSettings _settings;
    private readonly Task _thread;
    private volatile bool _stops;

    public OwnerDirectory(ShardSettings settings)
    {
        _settings = settings;
        _thread = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The address of who runs a shard; null if it gave none.</summary>
    public string? AddressOf(int shard) => _addresses.GetValueOrDefault(shard);

    public async ValueTask DisposeAsync()
    {
        _stops = true;
        await _thread.ConfigureAwait(false);
    }

    private void Run()
    {
        using IConsumer<byte[]?, byte[]?> consumer = ClientFactory.CreateReader(_settings.Options.Cluster, _settings.Topics.ApplicationId, _log);
        consumer.Assign(new TopicPartitionOffset(_settings.Topics.Owners, 0, Offset.Beginning));
        while (!_stops && _log.Fatal is null)
        {
            try
            {
                if (consumer.Consume(100) is { IsPartitionEOF: false, Message: { Key: { Length: sizeof(int) } key } message })
                {
                    Note(BitConverter.ToInt32(key), message.Value);
                }
            }
            catch (ConsumeException)
            {
                // Owners that are not known are asked for elsewhere; the client goes on by itself.
            }
        }
    }

    private void Note(int shard, byte[]? address)
    {
        if (address is null)
        {
            _addresses.TryRemove(shard, out _);
        }
        else
        {
            _addresses[shard] = Encoding.UTF8.GetString(address);
        }
    }
}
