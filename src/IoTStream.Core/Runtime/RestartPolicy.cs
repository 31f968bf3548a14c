using IoTStream.Operators;

namespace IoTStream.Runtime;

/// <summary>
/// What a job with an epoch log does when it fails: it closes everything, waits, and goes on from its last epoch in the same process, with the same
/// topology and options.
/// </summary>
/// <remarks>Immutable and thread-safe. Checked when the job is started.</remarks>
public sealed record RestartPolicy
{
    /// <summary>
    /// How many restarts there may be one after the other before the job fails for good: 1 or more, by default 10. A restart after which the job has run for
    /// <see cref="ResetAfter"/> is forgotten.
    /// </summary>
    public int MaxRestarts { get; init; } = 10;

    /// <summary>How long to wait before the first restart; it doubles with each that follows, up to <see cref="MaxDelay"/>. Zero or more, by default 100 milliseconds.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait before a restart; at least <see cref="FirstDelay"/>, by default 30 seconds.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a job has to run before the restarts until then are forgotten; more than zero, by default 10 minutes.</summary>
    public TimeSpan ResetAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How many times a record may fail a step that has <see cref="ErrorPolicy.Fail"/> before it goes to the topology's dead letters instead of failing the job once
    /// more: 1 or more, by default 3; null for never. Has no effect unless <c>TopologyBuilder.DeadLetters</c> is consumed, for the record would be lost. The restarts
    /// until a record is put aside do not count for <see cref="MaxRestarts"/>, though delays go on growing. A record is known again, in this process, by its step and its
    /// <see cref="object.ToString"/>, or by its timestamp if that says no more than its type.
    /// </summary>
    public int? MaxTries { get; init; } = 3;

    /// <summary>How long to wait before a restart.</summary>
    /// <param name="restarts">How many there have been one after the other.</param>
    internal TimeSpan DelayBefore(int restarts) =>
        TimeSpan.FromTicks((long)Math.Min(MaxDelay.Ticks, FirstDelay.Ticks * Math.Pow(2, restarts)));

    internal static void Validate(RestartPolicy policy)
    {
        Check(policy.MaxRestarts >= 1, $"MaxRestarts is {policy.MaxRestarts}; it must be at least 1. Leave JobOptions.Restart out for none.");
        Check(policy.MaxTries is null or >= 1, $"MaxTries is {policy.MaxTries}; it must be at least 1, or null for no limit.");
        Check(policy.FirstDelay >= TimeSpan.Zero, $"FirstDelay is {policy.FirstDelay}; it must not be negative.");
        Check(
            policy.MaxDelay >= policy.FirstDelay && policy.MaxDelay <= TimeSpan.FromDays(1),
            $"MaxDelay is {policy.MaxDelay}; it must be between FirstDelay, which is {policy.FirstDelay}, and 1 day.");
        Check(policy.ResetAfter > TimeSpan.Zero, $"ResetAfter is {policy.ResetAfter}; it must be more than zero.");

        void Check(bool isValid, string message)
        {
            if (!isValid)
            {
                throw new ArgumentException($"RestartPolicy.{message}", nameof(policy));
            }
        }
    }
}
