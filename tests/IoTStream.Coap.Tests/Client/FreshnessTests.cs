using IoTStream.Coap.Client;

namespace IoTStream.Coap.Tests.Client;

/// <summary>RFC 7641, section 3.4.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class FreshnessTests
{
    [TestCase(5, 6, 1, true)]
    [TestCase(6, 5, 1, false)]
    [TestCase(5, 5, 1, false)]
    [TestCase(0xFFFFFF, 0, 1, true, TestName = "A number that began anew")]
    [TestCase(0, 0xFFFFFF, 1, false)]
    [TestCase(0, 0x7FFFFF, 1, true)]
    [TestCase(0, 0x800000, 1, false)]
    [TestCase(6, 5, 129, true, TestName = "After 128 seconds anything is newer")]
    [TestCase(6, 5, 128, false)]
    public void The_newer_one_is_known(int first, int second, int seconds, bool expected)
    {
        var freshness = default(Freshness);
        freshness.Take(first, 0, 1).Should().BeTrue();
        freshness.Take(second, seconds, 1).Should().Be(expected);
    }
}
