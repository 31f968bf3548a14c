using Confluent.Kafka;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>
/// The membership of this process in the group of the application: which shards it is to run. The group deals out the partitions of a topic in which nothing is, so that a shard has the same number in all topics.
/// </summary>
/// <param name="settings">What the shards of the application have in common.</param>
/// <param name="runner">What runs them.</param>
internal sealed class ShardPlacement(ShardSettings settings, ShardRunner runner) : IRebalanceListener
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly object _gate = new();
    private readonly ClientLog _log = new();
    private volatile bool _stops;

    /// <summary>Takes part until <see cref="Stop"/>.</summary>
    /// <exception cref="KafkaException">The group does not take this process.</exception>
    public Task RunAsync() => Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Has the process leave the group.</summary>
    public void Stop() => _stops = true;

    IEnumerable<TopicPartitionOffset> IRebalanceListener.OnAssigned(IReadOnlyCollection<TopicPartition> partitions)
    {
        foreach (TopicPartition partition in partitions)
        {
            runner.Start(partition.Partition.Value);
        }

        return [.. partitions.Select(static partition => new TopicPartitionOffset(partition, Offset.End))];
    }

    void IRebalanceListener.OnRevoked(IReadOnlyCollection<TopicPartitionOffset> partitions) => GiveUp(partitions, isLost: false);

    void IRebalanceListener.OnLost(IReadOnlyCollection<TopicPartitionOffset> partitions) => GiveUp(partitions, isLost: true);

    /// <summary>The client gives partitions up when its handler returns, on the thread that polls: so this one waits.</summary>
    private void GiveUp(IEnumerable<TopicPartitionOffset> partitions, bool isLost)
    {
        Task stopping = runner.StopAsync([.. partitions.Select(static partition => partition.Partition.Value)], isLost);
        lock (_gate)
        {
            while (!stopping.IsCompleted)
            {
                Monitor.Wait(_gate, Pause);
            }
        }
    }

    private void Run()
    {
        using IConsumer<byte[]?, byte[]?> consumer = ClientFactory.CreateMember(settings.Options, settings.Topics.ApplicationId, _log, this);
        consumer.Subscribe(settings.Topics.Shards);
        while (!_stops)
        {
            Poll(consumer);
        }

        try
        {
            consumer.Close();
        }
        catch (KafkaException)
        {
            // The others find out by themselves after the session's time-out.
        }
    }

    private void Poll(IConsumer<byte[]?, byte[]?> consumer)
    {
        try
        {
            consumer.Consume(100);
        }
        catch (ConsumeException exception) when (_log.Fatal is null && ConsumeFailure.IsPassing(exception.Error))
        {
            // It goes on.
        }

        if (_log.Fatal is { } fatal)
        {
            throw new KafkaException(fatal);
        }
    }
}
