namespace IoTStream.Runtime;

/// <summary>The frames that shards have sent to one for a step, in the order in which their epochs were committed. Used on the lane of the shard.</summary>
internal interface IShardInbox
{
    /// <summary>The place behind the frame that was taken last.</summary>
    long Position { get; }

    /// <summary>Begins to receive.</summary>
    /// <param name="position">The place of the first frame; null for the first that there is.</param>
    void Begin(long? position);

    /// <summary>Takes the next frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>False if none has come yet.</returns>
    /// <exception cref="Exception">Whatever keeps frames from coming.</exception>
    bool TryTake(out ReadOnlyMemory<byte> frame);
}
