namespace SmartCity.Simulation;

/// <summary>
/// Lets a step happen every so often. Who is held up may catch up on a second of it; what is more is never caught up on, so that the
/// fleet's time slows down instead of its queues growing.
/// </summary>
internal sealed class Pace(TimeSpan step, TimeProvider clock)
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(1);
    private readonly long _start = clock.GetTimestamp();
    private TimeSpan _due;

    public async ValueTask NextAsync(CancellationToken cancellationToken)
    {
        TimeSpan now = clock.GetElapsedTime(_start);
        if (_due > now)
        {
            await Task.Delay(_due - now, clock, cancellationToken);
        }
        else if (_due < now - CatchUp)
        {
            _due = now - CatchUp;
        }

        _due += step;
    }
}
