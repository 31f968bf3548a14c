namespace IoTStream.Testing.Tests;

[Parallelizable(ParallelScope.All)]
public class VirtualClockTests
{
    private readonly VirtualClock _clock = new(new DateTimeOffset(2026, 3, 1, 13, 0, 0, TimeSpan.FromHours(1)));

    [Test]
    public void It_stands_still_until_it_is_moved()
    {
        var clock = new VirtualClock();
        DateTimeOffset start = clock.GetUtcNow();

        clock.Advance(TimeSpan.FromDays(2));

        clock.GetUtcNow().Should().Be(start.AddDays(2));
        clock.GetElapsedTime(0).Should().Be(TimeSpan.FromDays(2));
        clock.LocalTimeZone.Should().Be(TimeZoneInfo.Utc);
        _clock.GetUtcNow().Offset.Should().Be(TimeSpan.Zero);
    }

    [Test]
    public void Timers_fire_in_the_order_in_which_they_are_due_each_at_its_time()
    {
        var clock = new VirtualClock();
        var fired = new List<string>();
        Set("late", 5);
        Set("early", 2);
        Set("early too", 2);
        Set("beyond", 11);
        Set("disposed", 3).Dispose();
        using ITimer chain = clock.CreateTimer(_ => Set("set meanwhile", 1), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromSeconds(10));

        fired.Should().Equal("early at 2", "early too at 2", "set meanwhile at 4", "late at 5");
        clock.ArmedTimers.Should().Be(1);

        ITimer Set(string name, int seconds) => clock.CreateTimer(
            _ => fired.Add($"{name} at {clock.GetElapsedTime(0).TotalSeconds}"), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
    }

    [Test]
    public async Task A_timer_with_a_period_fires_again_and_again_until_it_is_changed()
    {
        var clock = new VirtualClock();
        var fired = new List<double>();
        ITimer timer = clock.CreateTimer(_ => fired.Add(clock.GetElapsedTime(0).TotalSeconds), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));

        clock.Advance(TimeSpan.FromSeconds(8));
        timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan).Should().BeTrue();
        clock.Advance(TimeSpan.Zero);
        clock.Advance(TimeSpan.FromSeconds(8));
        await timer.DisposeAsync();

        fired.Should().Equal(1, 4, 7, 8);
        timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan).Should().BeFalse("it is disposed");
    }

    [Test]
    public void Delays_on_it_end_where_it_is_moved()
    {
        var clock = new VirtualClock();
        int thread = 0;
        Task waiting = WaitAsync();

        clock.Advance(TimeSpan.FromMinutes(1));

        waiting.IsCompletedSuccessfully.Should().BeTrue();
        thread.Should().Be(Environment.CurrentManagedThreadId);

        async Task WaitAsync()
        {
            await Task.Delay(TimeSpan.FromMinutes(1), clock).ConfigureAwait(false);
            thread = Environment.CurrentManagedThreadId;
        }
    }

    [Test]
    public void It_does_not_go_back()
    {
        Action back = () => _clock.Advance(TimeSpan.FromTicks(-1));
        Action beyond = () => _clock.Advance(TimeSpan.MaxValue);

        back.Should().Throw<ArgumentOutOfRangeException>();
        beyond.Should().Throw<ArgumentOutOfRangeException>();
    }
}
