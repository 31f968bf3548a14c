using IoTStream.Mqtt.Client;
using IoTStream.Mqtt.Tests.Broker;

namespace IoTStream.Mqtt.Tests.Client;

public sealed class ReadGatheringTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private readonly ManualTime _time = new();

    [Test]
    public async Task Small_reads_that_follow_each_other_quickly_wait_a_millisecond()
    {
        using var gathering = new ReadGathering(_time);
        (await ReadAsync(gathering, count: 63, messages: 1, apart: TimeSpan.FromMicroseconds(20))).Should().Be(0);

        ValueTask pause = gathering.WaitAsync(1);

        pause.IsCompleted.Should().BeFalse();
        _time.Advance(Pause);
        await pause;
    }

    [Test]
    public async Task Reads_that_come_seldom_do_not_wait()
    {
        using var gathering = new ReadGathering(_time);
        (await ReadAsync(gathering, count: 1000, messages: 1, apart: TimeSpan.FromMicroseconds(200))).Should().Be(0);
    }

    [Test]
    public async Task Large_reads_do_not_wait()
    {
        using var gathering = new ReadGathering(_time);
        (await ReadAsync(gathering, count: 1000, messages: 20, apart: TimeSpan.FromMicroseconds(20))).Should().Be(0);
    }

    [Test]
    public async Task Pauses_go_on_as_long_as_they_make_reads_larger()
    {
        using var gathering = new ReadGathering(_time);
        (await ReadAsync(gathering, count: 64, messages: 1, apart: TimeSpan.FromMicroseconds(20))).Should().Be(1);
        (await ReadAsync(gathering, count: 500, messages: 50, apart: TimeSpan.Zero)).Should().Be(500);

        // Fewer come by now: sixteen reads show it, and then each of them is taken at once.
        (await ReadAsync(gathering, count: 100, messages: 7, apart: TimeSpan.FromMicroseconds(500))).Should().BeLessThan(32);
    }

    [Test]
    public async Task Pauses_that_bring_nothing_end_and_do_not_come_back_soon()
    {
        using var gathering = new ReadGathering(_time);
        (await ReadAsync(gathering, count: 64, messages: 1, apart: TimeSpan.FromMicroseconds(20))).Should().Be(1);

        (await ReadAsync(gathering, count: 4000, messages: 1, apart: TimeSpan.FromMicroseconds(20))).Should().Be(15);
        (await ReadAsync(gathering, count: 1000, messages: 1, apart: TimeSpan.FromMicroseconds(20))).Should().BeInRange(1, 16);
    }

    /// <returns>How many of the reads waited before the next one.</returns>
    private async Task<int> ReadAsync(ReadGathering gathering, int count, int messages, TimeSpan apart)
    {
        int waited = 0;
        for (int i = 0; i < count; i++)
        {
            _time.Advance(apart);
            ValueTask pause = gathering.WaitAsync(messages);
            if (!pause.IsCompleted)
            {
                waited++;
                _time.Advance(Pause);
            }

            await pause;
        }

        return waited;
    }
}
