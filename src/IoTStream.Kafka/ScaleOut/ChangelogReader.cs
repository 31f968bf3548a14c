using Confluent.Kafka;
using IoTStream.Kafka.Connectors;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>Reads the changelog of a shard from its beginning to its end. Blocks.</summary>
internal sealed class ChangelogReader(KafkaCluster cluster, string group, TopicPartition place, TimeProvider clock)
{
    private static readonly TimeSpan Call = TimeSpan.FromMilliseconds(200);

    /// <summary>Gives each message that is committed to a function, with its key and its value, which is null for what was deleted.</summary>
    /// <returns>How many bytes there were.</returns>
    /// <exception cref="KafkaException">It could not be read.</exception>
    public long Read(Action<byte[], byte[]?> visit, CancellationToken cancellationToken)
    {
        var log = new ClientLog();
        using IConsumer<byte[]?, byte[]?> consumer = ClientFactory.CreateReader(cluster, group, log);
        long end = Retry(
            () =>
            {
                Hear(consumer, log);
                return consumer.QueryWatermarkOffsets(place, Call).High.Value;
            },
            log,
            cancellationToken);
        consumer.Assign(new TopicPartitionOffset(place, Offset.Beginning));
        long bytes = 0;
        long progress = clock.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ConsumeResult<byte[]?, byte[]?>? result = Consume(consumer);
            if (result is null)
            {
                if (clock.GetElapsedTime(progress) > cluster.OpenTimeout)
                {
                    throw new KafkaException(new Error(ErrorCode.Local_TimedOut, $"The changelog {place} could not be read further for {cluster.OpenTimeout}.{log.Last}"));
                }

                continue;
            }

            progress = clock.GetTimestamp();
            if (!result.IsPartitionEOF)
            {
                bytes += (result.Message.Key?.Length ?? 0) + (result.Message.Value?.Length ?? 0);
                visit(result.Message.Key ?? [], result.Message.Value);
            }
            else if (result.Offset.Value >= end)
            {
                return bytes;
            }
        }
    }

    /// <summary>Only while it is polled, the client asks for the tokens without which brokers let nobody in, and tells what it has met. Nothing is assigned to it yet.</summary>
    private static void Hear(IConsumer<byte[]?, byte[]?> consumer, ClientLog log)
    {
        try
        {
            consumer.Consume(0);
        }
        catch (ConsumeException exception)
        {
            log.Note(exception.Error);
        }
    }

    private static ConsumeResult<byte[]?, byte[]?>? Consume(IConsumer<byte[]?, byte[]?> consumer)
    {
        try
        {
            return consumer.Consume(Call);
        }
        catch (ConsumeException exception) when (ConsumeFailure.IsPassing(exception.Error))
        {
            return null;
        }
    }

    /// <summary>A topic that was just created is not known to every broker at once.</summary>
    private T Retry<T>(Func<T> call, ClientLog log, CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return call();
            }
            catch (KafkaException exception)
            {
                if (clock.GetElapsedTime(start) > cluster.OpenTimeout || log.Fatal is not null)
                {
                    throw new KafkaException(new Error(exception.Error.Code, $"It could not be found out how long the changelog {place} is: {exception.Error.Reason}.{log.Last}"), exception);
                }

                cancellationToken.WaitHandle.WaitOne(Call);
            }
        }
    }
}
