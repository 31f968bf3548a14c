using System.Reactive.Concurrency;
using System.Reactive.Disposables;

namespace IoTStream.Reactive;

/// <summary>Tells the time of a scheduler, and has its timers scheduled by it.</summary>
internal sealed class SchedulerClock(IScheduler scheduler) : TimeProvider
{
    private readonly IStopwatch _elapsed = scheduler.StartStopwatch();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => scheduler.Now.ToUniversalTime();

    public override long GetTimestamp() => _elapsed.Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new SchedulerTimer(scheduler, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class SchedulerTimer(IScheduler scheduler, Action fire) : ITimer
    {
        private readonly SerialDisposable _next = new();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_next.IsDisposed)
            {
                return false;
            }

            _next.Disposable = dueTime == Timeout.InfiniteTimeSpan ? Disposable.Empty : Schedule(dueTime, period);
            return true;
        }

        public void Dispose() => _next.Dispose();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private IDisposable Schedule(TimeSpan dueTime, TimeSpan period)
        {
            if (period == Timeout.InfiniteTimeSpan || period == TimeSpan.Zero)
            {
                return scheduler.Schedule(dueTime, fire);
            }

            return scheduler.Schedule(dueTime, again =>
            {
                fire();
                again(period);
            });
        }
    }
}
