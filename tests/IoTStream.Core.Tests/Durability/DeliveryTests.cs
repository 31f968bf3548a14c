using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Durability;

/// <summary>How often a record has its effect is inferred for each path, told, and refused where it is less than what is asked for.</summary>
[Parallelizable(ParallelScope.All)]
public class DeliveryTests
{
    [Test]
    public void The_delivery_of_each_path_is_explained()
    {
        var builder = new TopologyBuilder("paths");
        DataStream<int> all = builder.From("replayable", new ReplayableSource(1)).Union(builder.From("volatile", new ArraySource<int>(1)));
        all.To("exact", new MemoryOutboxSink());
        all.To("plain", new CollectingSink<int>());
        all.ForEach("function", _ => { });
        builder.Build().Explain().ReplaceLineEndings("\n").Should().EndWith(
            """
            delivery with an epoch log, without one at most once
              replayable -> exact: exactly-once
              volatile -> exact: at-most-once, because source 'volatile' does not give again what was lost
              replayable -> plain: at-least-once, because sink 'plain' cannot tell what it has been given already
              volatile -> plain: at-most-once, because source 'volatile' does not give again what was lost
              replayable -> function: at-least-once, because the function 'function' cannot tell what it has been given already
              volatile -> function: at-most-once, because source 'volatile' does not give again what was lost

            """);
    }

    [Test]
    public async Task What_a_path_cannot_hold_is_refused_when_it_is_built_or_started()
    {
        using var directory = new TemporaryDirectory();
        var builder = new TopologyBuilder("paths");
        builder.From("source", new ReplayableSource(1)).To("plain", new CollectingSink<int>());
        builder.Invoking(it => it.Build(Delivery.ExactlyOnce)).Should().Throw<TopologyException>()
            .WithMessage("*From 'source' to 'plain' there is at-least-once delivery, not exactly-once: sink 'plain' cannot tell*");
        Topology topology = builder.Build(Delivery.AtLeastOnce);
        var options = new JobOptions { EpochLog = EpochLog.At(directory.File("log")) };
        await FluentActions.Awaiting(() => topology.StartAsync(options with { Delivery = Delivery.ExactlyOnce })).Should().ThrowAsync<TopologyException>();
        await topology.RunAsync(options with { Delivery = Delivery.AtLeastOnce });
    }

    [Test]
    public async Task At_least_once_gives_records_to_an_exactly_once_sink_without_waiting_for_their_epoch()
    {
        using var directory = new TemporaryDirectory();
        var builder = new TopologyBuilder("paths");
        var sink = new MemoryOutboxSink();
        builder.From("source", new ReplayableSource(10) { Limit = 5 }).To("sink", sink);
        await using Job job = await builder.Build().StartAsync(new JobOptions
        {
            EpochLog = EpochLog.At(directory.File("log")),
            EpochInterval = TimeSpan.FromHours(1),
            Delivery = Delivery.AtLeastOnce,
        });
        await Within.Until(() => sink.Applied.Count == 5);
    }

    [TestCase(Delivery.AtMostOnce, true, "*Leave the log out*")]
    [TestCase(Delivery.ExactlyOnce, false, "*needs an EpochLog*")]
    [TestCase((Delivery)7, true, "*one of the enumeration's values*")]
    public async Task Options_that_contradict_each_other_are_refused(Delivery delivery, bool hasLog, string message)
    {
        var builder = new TopologyBuilder("paths");
        builder.From("source", new ReplayableSource(1)).To("sink", new MemoryOutboxSink());
        Topology topology = builder.Build();
        await FluentActions.Awaiting(() => topology.StartAsync(new JobOptions { Delivery = delivery, EpochLog = hasLog ? EpochLog.At("unused") : null }))
            .Should().ThrowAsync<ArgumentException>().WithMessage(message);
    }
}
