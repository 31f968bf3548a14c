namespace IoTStream.Log;

/// <summary>Where a sink keeps what it cannot deliver at present, and how much of it (store and forward).</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record SpoolOptions
{
    private SpoolOptions(DurableQueue queue, string topic)
    {
        Queue = queue;
        Topic = topic;
    }

    /// <summary>
    /// The queue. Its limits count for what waits: <see cref="DurableQueue.MaxBytes"/> for the files of the topic, beyond which <see cref="WhenFull"/> decides, and
    /// <see cref="DurableQueue.MaxAge"/>, beyond which a record is dropped and counted. Files are an eighth of the former long, at most.
    /// </summary>
    public DurableQueue Queue { get; }

    /// <summary>The topic of the queue, which belongs to one sink.</summary>
    public string Topic { get; }

    /// <summary>What becomes of records for which there is no room. Default: <see cref="SpoolOverflow.HoldBack"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public SpoolOverflow WhenFull
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"SpoolOptions.WhenFull is {value}; it must be HoldBack, DropOldest or DropNewest.");
    }

    /// <summary>For how long a delivery may make no progress before what is left of it is stored. Default: 1 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive, or longer than a day.</exception>
    public TimeSpan After
    {
        get;
        init => field = value > TimeSpan.Zero && value <= TimeSpan.FromDays(1)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"SpoolOptions.After is {value}; it must be positive, and a day at most.");
    }
    = TimeSpan.FromSeconds(1);

    /// <summary>Describes where to store.</summary>
    /// <param name="queue">The queue, with its limits; <see cref="DurableQueue.MaxBytes"/> has to be set.</param>
    /// <param name="topic">The name of the topic: letters, digits, '-', '_' and '.'. One sink at a time may have it.</param>
    /// <exception cref="ArgumentException">The topic has no good name, or the queue has no limit.</exception>
    public static SpoolOptions In(DurableQueue queue, string topic)
    {
        ArgumentNullException.ThrowIfNull(queue);
        FileNames.Check(topic, "topic");
        if (queue.MaxBytes is null)
        {
            throw new ArgumentException("A spool needs a limit: set DurableQueue.MaxBytes to what the disk can spare for it.", nameof(queue));
        }

        return new SpoolOptions(queue, topic);
    }
}
