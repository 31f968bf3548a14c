using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Runtime;

[Parallelizable(ParallelScope.All)]
public class BackpressureTests
{
    private const int BatchSize = 8;
    private const int Capacity = 2;

    [Test]
    public async Task A_slow_sink_holds_a_fast_source_back([Values(1, 4)] int lanes, [Values] bool skewed)
    {
        // Two exchanges, to the keys' lanes and to the sink's, each with rings between all lanes and a batch in the making on either side;
        // then four buffers at the sink, and the batch that the source is handing on.
        int bound = BatchSize * ((2 * lanes * lanes * (Capacity + 2)) + 4 + 1);
        await HeldBackAsync(lanes, bound, stream => stream.KeyBy(value => skewed ? 0 : value % 100)
            .Window(Tumbling.Of(TimeSpan.FromTicks(1)), AllowedLateness.None)
            .Aggregate("w", Aggregates.Max<int, int>(value => value))
            .Select(result => result.Value));
    }

    [Test]
    public Task An_endless_SelectMany_is_held_back([Values(1, 4)] int lanes) => HeldBackAsync(
        lanes,
        BatchSize * ((lanes * (Capacity + 2)) + 4 + 2),
        (stream, count) => stream.SelectMany(_ => Endless(count)));

    private static IEnumerable<int> Endless(Action count)
    {
        while (true)
        {
            count();
            yield return 1;
        }
    }

    private static Task HeldBackAsync(int lanes, int bound, Func<DataStream<int>, DataStream<int>> steps) =>
        HeldBackAsync(lanes, bound, (stream, count) => steps(stream.Where(_ =>
        {
            count();
            return true;
        })));

    private static async Task HeldBackAsync(int lanes, int bound, Func<DataStream<int>, Action, DataStream<int>> steps)
    {
        int produced = 0;
        int most = 0;
        using var permits = new SemaphoreSlim(0);
        CollectingSink<int> sink = null!;
        sink = new CollectingSink<int>
        {
            On = async call =>
            {
                if (call == "write")
                {
                    await permits.WaitAsync();
                    most = Math.Max(most, Volatile.Read(ref produced) - sink.Count);
                }
            },
        };
        int next = 0;
        var source = new ScriptedSource<int>(1, (batch, _, _) =>
        {
            while (batch.Free > 0)
            {
                batch.Add(next++);
            }

            return ReadStatus.More;
        });
        var builder = new TopologyBuilder("t");
        DataStream<int> timed = builder.From("s", source)
            .WithEventTime(value => new DateTimeOffset(1_000_000 + value, TimeSpan.Zero), Time.Watermarks.Monotonous());
        steps(timed, () => Interlocked.Increment(ref produced)).To("sink", sink);

        await using Job job = await builder.Build().StartAsync(
            new JobOptions { Lanes = lanes, BatchSize = BatchSize, ExchangeCapacity = Capacity });

        // With no write let through, everything fills up and comes to a standstill; then it goes on at the pace of the sink.
        for (int round = 0; round < 20; round++)
        {
            int before = -1;
            await Within.Until(() => before == (before = Volatile.Read(ref produced)) && before > 0);
            int written = sink.Count;
            permits.Release(10);
            await Within.Until(() => sink.Count > written);
        }

        job.Cancel();
        permits.Release(1_000_000);
        most.Should().BePositive().And.BeLessThanOrEqualTo(bound);
    }
}
