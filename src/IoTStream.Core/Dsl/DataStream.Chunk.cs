using IoTStream.Plan;

namespace IoTStream.Dsl;

public sealed partial class DataStream<T>
{
    /// <summary>
    /// Puts records together into lists, on each lane by itself: for calls that take many records at once. What waits when the input ends, or
    /// the job is stopped, is given as a shorter list.
    /// </summary>
    /// <remarks>A list bears the latest timestamp of its records. Event time behind the step waits for the records that wait in it.</remarks>
    /// <param name="size">How many records a list has at most; at least 1.</param>
    /// <param name="maxDelay">
    /// How long the first record of a list waits at most for others, in processing time; more than zero. Without it a list waits until it is full.
    /// </param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or time is out of range.</exception>
    public DataStream<IReadOnlyList<T>> Chunk(int size, TimeSpan? maxDelay = null, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (maxDelay is { } delay)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero, nameof(maxDelay));
        }

        return Append(new ChunkNode<T>(Node, size, maxDelay ?? Timeout.InfiniteTimeSpan, name));
    }
}
