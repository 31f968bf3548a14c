using System.Reactive.Concurrency;
using System.Reactive.Disposables;

namespace IoTStream.Reactive;

/// <summary>Schedules by the timers of a clock.</summary>
internal sealed class ClockScheduler(TimeProvider timeProvider) : LocalScheduler
{
    public override DateTimeOffset Now => timeProvider.GetUtcNow();

    /// <summary>Operators that repeat something make up with it for what they are late by: it has to go with the same clock.</summary>
    public override IStopwatch StartStopwatch() => new Stopwatch(timeProvider);

    public override IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var result = new SingleAssignmentDisposable();
        var timer = new SingleAssignmentDisposable();
        timer.Disposable = timeProvider.CreateTimer(
            _ =>
            {
                timer.Dispose();
                if (!result.IsDisposed)
                {
                    result.Disposable = action(this, state);
                }
            },
            state: null,
            dueTime < TimeSpan.Zero ? TimeSpan.Zero : dueTime,
            Timeout.InfiniteTimeSpan);
        return StableCompositeDisposable.Create(timer, result);
    }

    private sealed class Stopwatch(TimeProvider timeProvider) : IStopwatch
    {
        private readonly long _start = timeProvider.GetTimestamp();

        public TimeSpan Elapsed => timeProvider.GetElapsedTime(_start);
    }
}
