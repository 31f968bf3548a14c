using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Runtime;

public class IdlenessUnderBackpressureTests
{
    [Test]
    public async Task Time_in_which_another_branch_holds_the_source_back_makes_no_partition_idle()
    {
        bool isOver = false;
        ScriptedSource<long> source = null!;
        source = new ScriptedSource<long>(2, (batch, reader, call) =>
        {
            if (reader == 0)
            {
                if (call == 0)
                {
                    batch.Add(1000);
                }

                return isOver ? ReadStatus.Ended : ReadStatus.Drained;
            }

            batch.Add(500 + call);
            if (call < 19)
            {
                return ReadStatus.More;
            }

            isOver = true;
            source.Context!.NotifyAvailable();
            return ReadStatus.Ended;
        });
        var held = new TaskCompletionSource();
        var raw = new CollectingSink<long> { On = call => call == "write" ? new(held.Task) : default };
        var counts = new CollectingSink<long>();
        var builder = new TopologyBuilder("t");
        DataStream<long> stream = builder.From("s", source);
        stream.To("raw", raw);
        stream.WithEventTime(value => new DateTimeOffset(value, TimeSpan.Zero), Watermarks.Monotonous().WithIdleness(TimeSpan.FromSeconds(10)))
            .KeyBy(_ => 1)
            .Window(Tumbling.Of(TimeSpan.FromTicks(100)), AllowedLateness.None)
            .Aggregate("w", Aggregates.Count<long>())
            .Select(result => result.Value)
            .To("counts", counts);
        var clock = new FakeClock();

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1, BatchSize = 1, TimeProvider = clock });
        try
        {
            for (int i = 0; i < 5; i++)
            {
                // The lane has filled up and sleeps until the timeout that it has set.
                await Within.Until(() => clock.Armed > 0);
                clock.Advance(TimeSpan.FromSeconds(11));
            }

            await Within.Until(() => clock.Armed > 0);
        }
        finally
        {
            held.SetResult();
        }

        await Within.Time(job.Completion);

        job.GetMetrics().Of("w").Late.Should().Be(0);
        counts.Values.Should().Equal(20, 1);
    }
}
