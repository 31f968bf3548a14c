namespace IoTStream.Dsl;

/// <summary>How a step with asynchronous calls goes about them.</summary>
/// <remarks>Immutable and thread-safe. Checked when the step is described.</remarks>
public sealed record AsyncOptions
{
    /// <summary>The timers of .NET go no further than 49.7 days.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    /// <summary>
    /// The most calls that are under way at once, on each lane; 1 to 65,536, by default 64. A call whose result waits for that of an earlier
    /// record counts until it has been passed on.
    /// </summary>
    public int MaxInFlight { get; init; } = 64;

    /// <summary>
    /// Whether results come in the order of their records, as they do by default. Without it each comes as soon as it is there. Event time is
    /// right in both cases: a watermark passes only after the results of all records before it.
    /// </summary>
    public bool KeepOrder { get; init; } = true;

    /// <summary>
    /// How long one attempt may take, in processing time, before it counts as failed; more than zero and at most 49 days, by default 30
    /// seconds. The attempt's token is cancelled then, and its result is not waited for any more.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many attempts are made for a record before it goes the way of the step's error policy; at least 1, which is the default.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>How long the first retry waits; zero or more, by default 100 ms. Each further one waits twice as long as the one before.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest that a retry waits; no less than <see cref="RetryDelay"/> and at most 49 days, by default 10 seconds.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(10);

    internal static void Validate(AsyncOptions options)
    {
        Check(options.MaxInFlight is >= 1 and <= 65_536, nameof(MaxInFlight), options.MaxInFlight, "between 1 and 65,536");
        Check(options.Timeout > TimeSpan.Zero && options.Timeout <= Longest, nameof(Timeout), options.Timeout, "more than zero and at most 49 days");
        Check(options.Attempts >= 1, nameof(Attempts), options.Attempts, "at least 1");
        Check(options.RetryDelay >= TimeSpan.Zero, nameof(RetryDelay), options.RetryDelay, "zero or more");
        Check(
            options.MaxRetryDelay >= options.RetryDelay && options.MaxRetryDelay <= Longest,
            nameof(MaxRetryDelay),
            options.MaxRetryDelay,
            $"no less than RetryDelay, {options.RetryDelay}, and at most 49 days");

        void Check(bool isRight, string option, object value, string range)
        {
            if (!isRight)
            {
                throw new ArgumentOutOfRangeException(nameof(options), $"AsyncOptions.{option} is {value}; it must be {range}.");
            }
        }
    }
}
