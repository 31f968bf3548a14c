using System.Buffers;
using IoTStream.Coap.Connectors;

namespace IoTStream.Coap.Tests.Connectors;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class SeenRequestsTests
{
    [Test]
    public void What_is_written_down_is_known_in_the_next_life_until_its_time_is_over()
    {
        var seen = new SeenRequests(1000, 100);
        for (ulong key = 1; key <= 50; key++)
        {
            seen.Add(key, (long)key, key % 7 == 0 ? CoapCode.BadRequest : CoapCode.Changed, now: 1000 + ((long)key / 10));
        }

        seen.Remove(5);
        var written = new ArrayBufferWriter<byte>();
        seen.Write(written, upTo: 40, before: long.MaxValue, now: 1010);
        var next = new SeenRequests(1000, 100);
        next.Read(written.WrittenSpan, 1010);

        next.Count.Should().Be(39);
        next.TryFind(7, 1020, out SeenRequests.Seen found).Should().BeTrue();
        (found.Item, found.Code, found.At).Should().Be((0, CoapCode.BadRequest, 1000));
        next.TryFind(5, 1020, out _).Should().BeFalse("it was removed");
        next.TryFind(41, 1020, out _).Should().BeFalse("it was not taken yet");
        next.TryFind(7, 1100, out _).Should().BeFalse("its time is over");
        next.TryFind(10, 1100, out _).Should().BeTrue();
    }

    [Test]
    public void It_is_bounded()
    {
        var seen = new SeenRequests(10, 100);
        for (ulong key = 1; key <= 50; key++)
        {
            seen.Add(key, (long)key, CoapCode.Changed, now: 0);
        }

        seen.Count.Should().Be(10);
        seen.ForgottenEarly.Should().Be(40);
        seen.Add(51, 51, CoapCode.Changed, now: 100);
        seen.ForgottenEarly.Should().Be(40, "the others have had their time");
        seen = new SeenRequests(10, 100);
        for (ulong key = 1; key <= 50; key++)
        {
            seen.Add(key, (long)key, CoapCode.Changed, now: 0);
        }

        seen.TryFind(41, 0, out _).Should().BeTrue();
        seen.TryFind(40, 0, out _).Should().BeFalse();
    }

    [TestCase(1)]
    [TestCase(4)]
    [TestCase(7)]
    [TestCase(9)]
    [TestCase(15)]
    public void What_is_no_position_is_refused(int length) =>
        FluentActions.Invoking(() => new SeenRequests(10, 100).Read(Enumerable.Repeat((byte)1, length).ToArray(), 0)).Should().Throw<InvalidDataException>();
}
