using Confluent.Kafka;
using Confluent.Kafka.Admin;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>Deletes what an application keeps in a cluster.</summary>
internal static class ApplicationReset
{
    public static Task<IReadOnlyList<string>> RunAsync(KafkaCluster cluster, string applicationId, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => DeleteAsync(cluster, applicationId, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    private static async Task<IReadOnlyList<string>> DeleteAsync(KafkaCluster cluster, string applicationId, CancellationToken cancellationToken)
    {
        using IAdminClient admin = ClientFactory.CreateAdmin(cluster, new ClientLog());
        try
        {
            await admin.DeleteGroupsAsync([applicationId], new DeleteGroupsOptions { RequestTimeout = cluster.OpenTimeout }).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DeleteGroupsException exception) when (exception.Results.TrueForAll(static result => result.Error.Code is ErrorCode.NoError or ErrorCode.GroupIdNotFound))
        {
            // It was deleted before, or forgotten by the brokers.
        }
        catch (DeleteGroupsException exception) when (exception.Results[0].Error.Code == ErrorCode.NonEmptyGroup)
        {
            throw new KafkaException(new Error(ErrorCode.NonEmptyGroup, $"The application '{applicationId}' still has a process that runs: stop it first, or wait until its session has timed out."), exception);
        }

        string prefix = InternalTopics.Prefix(applicationId);
        string[] topics = [.. admin.GetMetadata(cluster.OpenTimeout).Topics.Select(static topic => topic.Topic).Where(topic => topic.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        if (topics.Length > 0)
        {
            await admin.DeleteTopicsAsync(topics, new DeleteTopicsOptions { RequestTimeout = cluster.OpenTimeout }).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return topics;
    }
}
