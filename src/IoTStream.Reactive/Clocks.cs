using System.Reactive.Concurrency;

namespace IoTStream.Reactive;

/// <summary>One clock for observables and jobs: a scheduler as a job's <see cref="TimeProvider"/>, or the other way round.</summary>
public static class Clocks
{
    /// <summary>
    /// A scheduler as a clock, for <c>JobOptions.TimeProvider</c>: the job's timers are scheduled on it, and run on its threads. With a <c>VirtualTimeScheduler</c> the job has virtual processing time.
    /// </summary>
    /// <param name="scheduler">The scheduler.</param>
    public static TimeProvider ToTimeProvider(this IScheduler scheduler)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        return new SchedulerClock(scheduler);
    }

    /// <summary>A clock as a scheduler: what is scheduled on it runs when the clock's timers fire, on the threads on which they do.</summary>
    /// <param name="timeProvider">The clock.</param>
    public static IScheduler ToScheduler(this TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        return new ClockScheduler(timeProvider);
    }
}
