using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

/// <summary>What is refused when several windows are to share slices. What they compute is compared with an oracle.</summary>
[Parallelizable(ParallelScope.All)]
public class SharedWindowsTests
{
    private static readonly TimeWindows Minute = Tumbling.Of(TimeSpan.FromMinutes(1));

    private static readonly KeyedStream<int, int> Stream = new TopologyBuilder("t")
        .From("s", new ArraySource<int>(1)).WithEventTime(_ => DateTimeOffset.UnixEpoch, Watermarks.Monotonous()).KeyBy(i => i);

    [Test]
    public void An_aggregate_that_cannot_be_merged_is_refused_at_once() =>
        Stream.Windows(AllowedLateness.None, Minute, Tumbling.Of(TimeSpan.FromHours(1)))
            .Invoking(windows => windows.Aggregate("w", () => 0, (count, _) => count + 1, count => count))
            .Should().Throw<ArgumentException>().WithMessage("*FromMergeable*");

    [Test]
    public void There_must_be_windows() =>
        Stream.Invoking(stream => stream.Windows(AllowedLateness.None)).Should().Throw<ArgumentException>().WithMessage("There are no windows*");

    [Test]
    public void Windows_must_differ() =>
        Stream.Invoking(stream => stream.Windows(AllowedLateness.None, Minute, Minute)).Should().Throw<ArgumentException>().WithMessage("*are the same*");
}
