using IoTStream.Kafka.ScaleOut;
using IoTStream.Plan;

namespace IoTStream.Kafka;

/// <summary>Runs topologies on many processes: Kafka deals the work out to those that run the same topology, moves it when they come and go, and keeps all state.</summary>
public static class KafkaScaleOut
{
    /// <summary>
    /// Joins the processes that run the topology. The work is divided into shards; each has its share of the partitions of all sources and of the keys, and runs on one process at a time. Results, positions and
    /// changes of state of an epoch are one transaction.
    /// </summary>
    /// <param name="topology">The topology: the same in all processes.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The running application. Dispose it.</returns>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    /// <exception cref="TopologyException">Something in the topology cannot be scaled out; it says what and why.</exception>
    /// <exception cref="Confluent.Kafka.KafkaException">The application's topics could not be found or created.</exception>
    public static async Task<KafkaApplication> RunOnKafkaAsync(this Topology topology, KafkaScaleOutOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topology);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var topics = new InternalTopics(topology, options);
        if (topology.CheckShards(options.Delivery) is { Count: > 0 } errors)
        {
            throw new TopologyException(topology.Name, errors);
        }

        await topics.EnsureAsync(cancellationToken).ConfigureAwait(false);
        return new KafkaApplication(topology, options, topics);
    }

    /// <summary>
    /// Deletes what an application keeps in the cluster: its own topics and its consumer group, so that it begins anew. Topics of its sources and sinks are left alone. Stop all of its processes before.
    /// </summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="applicationId">The name of the application: <see cref="KafkaScaleOutOptions.ApplicationId"/>, or else that of the topology.</param>
    /// <param name="cancellationToken">Cancels it; some of it may have been done.</param>
    /// <returns>The names of the topics that were deleted.</returns>
    /// <exception cref="Confluent.Kafka.KafkaException">The cluster did not do it, for instance because a process of the application still runs.</exception>
    public static Task<IReadOnlyList<string>> ResetAsync(KafkaCluster cluster, string applicationId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrWhiteSpace(applicationId);
        return ApplicationReset.RunAsync(cluster, applicationId, cancellationToken);
    }
}
