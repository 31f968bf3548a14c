using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class ExtremeTimestampTests
{
    [Test]
    public async Task The_first_and_the_last_instants_have_windows_that_can_be_shown([Values] bool sliding)
    {
        List<string> results = [];
        var builder = new TopologyBuilder("extremes");
        builder.From("in", new[] { DateTimeOffset.MinValue, DateTimeOffset.MaxValue })
            .WithEventTime(instant => instant, Watermarks.Monotonous())
            .KeyBy(_ => 0)
            .Window(sliding ? Sliding.Of(TimeSpan.FromHours(2), TimeSpan.FromHours(1)) : Tumbling.Of(TimeSpan.FromHours(1)), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<DateTimeOffset>())
            .ForEach("out", (result, context) => results.Add($"{result.Window} {context.Timestamp:O}"));

        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });

        results.Should().HaveCount(sliding ? 4 : 2);
        results[0].Should().StartWith("[0001-01-01 00:00:00, 0001-01-01 01:00:00)");
    }
}
