using System.Threading.Channels;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Runtime;

public class SilentInputTests
{
    [Test]
    public async Task Results_come_out_when_the_input_stops_and_what_comes_after_them_is_late([Values(1, 3)] int lanes)
    {
        var channel = Channel.CreateUnbounded<long>();
        var counts = new CollectingSink<long>();
        var late = new CollectingSink<long>();
        var clock = new FakeClock();
        var builder = new TopologyBuilder("t");
        builder.From("s", new ChannelSource<long>(channel.Reader))
            .WithEventTime(seconds => DateTimeOffset.UnixEpoch.AddSeconds(seconds), Watermarks.Monotonous().WithProgress(TimeSpan.FromSeconds(30)))
            .KeyBy(_ => 0)
            .Window(Tumbling.Of(TimeSpan.FromSeconds(10)), AllowedLateness.None)
            .Aggregate("w", Aggregates.Count<long>(), out DataStream<long> dropped)
            .Select(result => result.Value)
            .To("counts", counts);
        dropped.To("late", late);
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes, TimeProvider = clock });
        channel.Writer.TryWrite(1);
        channel.Writer.TryWrite(2);
        await Within.Until(() => job.GetMetrics().Of("w").RecordsIn == 2);
        counts.Values.Should().BeEmpty();

        await Within.Until(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return counts.Values.Count == 1;
        });
        channel.Writer.TryWrite(3);
        await Within.Until(() => late.Values.Count == 1);

        counts.Values.Should().Equal(2);
        late.Values.Should().Equal(3);
        channel.Writer.Complete();
        await Within.Time(job.Completion);
        counts.Values.Should().Equal(2);
    }
}
