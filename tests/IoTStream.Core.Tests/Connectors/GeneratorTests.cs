using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class GeneratorTests
{
    private static Task<OpenedSource<long>> OpenAsync(FakeClock clock, double rate, long? count = null, int batchSize = 100) =>
        OpenedSource<long>.OpenAsync(Generator.AtRate(rate, static n => n, count), batchSize, clock);

    [TestCase(10, 1.0, 11)]
    [TestCase(3, 1.0, 4)]
    [TestCase(0.5, 5.0, 3)]
    [TestCase(100_000, 0.25, 25_001)]
    [TestCase(7.3, 10.0, 74)]
    public async Task As_many_records_are_made_as_are_due(double rate, double seconds, int expected)
    {
        var clock = new FakeClock();
        await using OpenedSource<long> opened = await OpenAsync(clock, rate);
        opened.ReadAvailable();
        clock.Advance(TimeSpan.FromSeconds(seconds));
        opened.ReadAvailable();

        opened.Records[0].Should().Equal(Enumerable.Range(0, expected).Select(static n => (long)n));
    }

    [Test]
    public async Task The_timer_wakes_the_lane_when_the_next_record_is_due_and_not_before()
    {
        var clock = new FakeClock();
        await using OpenedSource<long> opened = await OpenAsync(clock, rate: 10);
        opened.ReadAvailable();
        opened.Records[0].Should().Equal(0);

        for (int n = 1; n <= 20; n++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(99));
            opened.ReadAvailable();
            opened.Records[0].Should().HaveCount(n);
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await opened.NotificationAsync();
            opened.ReadAvailable();
            opened.Records[0].Should().HaveCount(n + 1);
        }
    }

    [Test]
    public async Task A_generator_that_was_held_back_makes_up_for_every_record()
    {
        var clock = new FakeClock();
        await using OpenedSource<long> opened = await OpenAsync(clock, rate: 1000, batchSize: 64);
        opened.Read();
        clock.Advance(TimeSpan.FromMinutes(1));

        opened.Read().Should().Be(ReadStatus.More);
        opened.Records[0].Should().HaveCount(1 + 64);
        opened.ReadAvailable();
        opened.Records[0].Should().Equal(Enumerable.Range(0, 60_001).Select(static n => (long)n));
    }

    [Test]
    public async Task It_ends_after_the_count()
    {
        var clock = new FakeClock();
        await using OpenedSource<long> opened = await OpenAsync(clock, rate: 1, count: 3);
        opened.ReadAvailable();
        clock.Advance(TimeSpan.FromSeconds(1));
        opened.ReadAvailable();
        opened.HasEnded.Should().BeFalse();
        clock.Advance(TimeSpan.FromSeconds(10));
        opened.ReadAvailable();

        opened.HasEnded.Should().BeTrue();
        opened.Records[0].Should().Equal(0, 1, 2);
    }

    [Test]
    public async Task A_count_of_none_ends_at_once()
    {
        await using OpenedSource<long> opened = await OpenAsync(new FakeClock(), rate: 1, count: 0);

        opened.Read().Should().Be(ReadStatus.Ended);
    }

    [Test]
    public async Task A_rate_so_low_that_no_timer_reaches_it_still_waits()
    {
        var clock = new FakeClock();
        await using OpenedSource<long> opened = await OpenAsync(clock, rate: 1.0 / TimeSpan.FromDays(10).TotalSeconds);
        opened.ReadAvailable();
        for (int day = 0; day < 10; day++)
        {
            opened.Records[0].Should().HaveCount(1);
            clock.Advance(TimeSpan.FromDays(1));
            opened.ReadAvailable();
        }

        opened.Records[0].Should().HaveCount(2);
    }

    [Test]
    public async Task It_runs_on_the_real_clock_and_leaves_no_timer()
    {
        await using (OpenedSource<long> opened = await OpenedSource<long>.OpenAsync(Generator.AtRate(2000, static n => n, count: 40)))
        {
            (await opened.ReadToEndAsync()).Should().HaveCount(40);
        }

        var clock = new FakeClock();
        OpenedSource<long> abandoned = await OpenAsync(clock, rate: 1);
        abandoned.ReadAvailable();
        clock.Armed.Should().Be(1);
        await abandoned.DisposeAsync();
        clock.Armed.Should().Be(0);
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void A_rate_that_is_none_is_refused(double rate) =>
        ((Action)(() => Generator.AtRate(rate, static n => n)))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*more than 0*Source.From*");

    [Test]
    public void A_negative_count_is_refused() =>
        ((Action)(static () => Generator.AtRate(1, static n => n, count: -1))).Should().Throw<ArgumentOutOfRangeException>();
}
