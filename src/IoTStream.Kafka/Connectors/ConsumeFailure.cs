using Confluent.Kafka;

namespace IoTStream.Kafka.Connectors;

/// <summary>What errors of a consumer mean for the source.</summary>
internal static class ConsumeFailure
{
    /// <summary>Whether the client gets over it by itself, without having passed over messages.</summary>
    public static bool IsPassing(Error error) => error.Code is ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut or ErrorCode.Local_Resolve
        or ErrorCode.Local_MaxPollExceeded or ErrorCode.Local_Authentication or ErrorCode.RequestTimedOut or ErrorCode.NetworkException
        or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderForPartition or ErrorCode.GroupCoordinatorNotAvailable or ErrorCode.GroupLoadInProgress
        or ErrorCode.NotCoordinatorForGroup or ErrorCode.RebalanceInProgress or ErrorCode.IllegalGeneration or ErrorCode.UnknownMemberId or ErrorCode.UnstableOffsetCommit;

    public static KafkaException Explain(ConsumeException exception, string step)
    {
        ConsumeResult<byte[], byte[]> where = exception.ConsumerRecord;
        string place = where?.Topic is null ? "" : $" at {where.TopicPartitionOffset}";
        string text = exception.Error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange
            ? $"The source '{step}' has a position that the topic does not have{place}: {exception.Error.Reason}. What was there has been deleted by the topic's retention, or the topic was replaced. "
                + $"To read on with the oldest message that there is, start once with JobOptions.DropState = [\"{step}\"], or without an epoch log set the group's offsets."
            : $"The source '{step}' cannot read{place}: {exception.Error.Reason} ({exception.Error.Code}).";
        return new KafkaException(new Error(exception.Error.Code, text, exception.Error.IsFatal), exception);
    }
}
