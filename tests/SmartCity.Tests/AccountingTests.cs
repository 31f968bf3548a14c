using SmartCity.Accounting;

namespace SmartCity.Tests;

public sealed class AccountingTests
{
    [Test]
    public void A_quantile_is_right_to_about_three_percent([Values(3, 40, 65, 1_000, 123_456, 60_000_000)] int most)
    {
        var random = new Random(1);
        var histogram = new LatencyHistogram();
        long[] microseconds = [.. Enumerable.Range(0, 10_000).Select(_ => random.NextInt64(most))];
        foreach (long latency in microseconds)
        {
            histogram.Add(TimeSpan.FromMicroseconds(latency));
        }

        Array.Sort(microseconds);
        foreach (double quantile in new[] { 0.01, 0.5, 0.99, 1 })
        {
            double exact = microseconds[(int)Math.Ceiling(quantile * microseconds.Length) - 1] / 1000.0;
            histogram.Milliseconds(quantile).Should().BeInRange(exact, (exact * 1.033) + 0.001);
        }
    }

    [Test]
    public void Without_latencies_there_is_no_quantile() => new LatencyHistogram().Milliseconds(0.5).Should().BeNull();

    [Test]
    public void A_message_arrives_once()
    {
        var arrivals = new Arrivals(2);

        bool[] firsts = [arrivals.TryAdd(0, 0), arrivals.TryAdd(1, 0), arrivals.TryAdd(1, 200), arrivals.TryAdd(1, 63), arrivals.TryAdd(1, 64)];
        bool[] seconds = [arrivals.TryAdd(0, 0), arrivals.TryAdd(1, 0), arrivals.TryAdd(1, 200), arrivals.TryAdd(1, 63), arrivals.TryAdd(1, 64)];

        firsts.Should().AllBeEquivalentTo(true);
        seconds.Should().AllBeEquivalentTo(false);
    }

    [TestCase("""{"sensor":12,"sequence":345,"road":"x""", true, 12, 345)]
    [TestCase("""{"sensor":12,"seq""", false, -1, -1)]
    [TestCase("", false, -1, -1)]
    public void The_sender_of_a_broken_payload_is_found_if_it_is_legible(string payload, bool legible, int sensor, int sequence)
    {
        BrokenPayload.TryReadNumber(System.Text.Encoding.UTF8.GetBytes(payload), out int foundSensor, out long foundSequence).Should().Be(legible);
        (foundSensor, foundSequence).Should().Be((sensor, sequence));
    }

    [Test]
    public void A_message_that_nobody_sent_is_not_known()
    {
        var ledger = new Ledger(2, TimeSpan.FromMinutes(5));
        ledger.Published(1);

        ledger.Knows(1, 0).Should().BeTrue();
        (ledger.Knows(1, 1), ledger.Knows(0, 0), ledger.Knows(2, 0), ledger.Knows(-1, 0), ledger.Knows(1, -1)).Should().Be((false, false, false, false, false));
    }
}
