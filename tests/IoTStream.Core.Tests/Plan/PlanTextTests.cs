using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Plan;

[Parallelizable(ParallelScope.All)]
public class PlanTextTests
{
    [Test]
    public void The_plan_is_told_a_line_a_step() => City().Explain().ReplaceLineEndings("\n").Should().Be(
        """
        topology city
          sensors         Source: Int32, on error DeadLetter
          "new" sensors   Source: Int32, on error DeadLetter
          union-1         Union  <- sensors, "new" sensors
          event-time-1    EventTime: out of order by up to 00:00:05, idle after 00:01:00  <- union-1
          where-1         Where, on error DeadLetter  <- event-time-1
          key-by-1        KeyBy: Int32, 128 key groups  <- where-1
          speed           Window: sliding 00:05:00 by 00:01:00 from -01:00:00, allowed lateness 00:01:00, mean, on error Skip  <- key-by-1
          late-1          Late  <- speed
          results         Sink: WindowResult`2  <- speed
          late            ForEach  <- late-1
          dead-letters-1  DeadLetters  <- sensors, "new" sensors, where-1
          letters         Sink: DeadLetter  <- dead-letters-1
        delivery with an epoch log, without one at most once
          sensors -> results: at-most-once, because source 'sensors' does not give again what was lost
          "new" sensors -> results: at-most-once, because source '"new" sensors' does not give again what was lost
          sensors -> late: at-most-once, because source 'sensors' does not give again what was lost
          "new" sensors -> late: at-most-once, because source '"new" sensors' does not give again what was lost
          sensors -> letters: at-most-once, because source 'sensors' does not give again what was lost
          "new" sensors -> letters: at-most-once, because source '"new" sensors' does not give again what was lost

        """);

    [Test]
    public void The_plan_is_drawn_as_a_flow_chart() => City().ToMermaid().Should().Be(
        """
        flowchart LR
            n0(["sensors<br/>Source: Int32"])
            n1(["&quot;new&quot; sensors<br/>Source: Int32"])
            n2["union-1<br/>Union"]
            n3["event-time-1<br/>EventTime: out of order by up to 00:00:05, idle after 00:01:00"]
            n4["where-1<br/>Where"]
            n5{{"key-by-1<br/>KeyBy: Int32, 128 key groups"}}
            n6["speed<br/>Window: sliding 00:05:00 by 00:01:00 from -01:00:00, allowed lateness 00:01:00, mean"]
            n7["late-1<br/>Late"]
            n8[("results<br/>Sink: WindowResult`2")]
            n9[("late<br/>ForEach")]
            n10["dead-letters-1<br/>DeadLetters"]
            n11[("letters<br/>Sink: DeadLetter")]
            n0 --> n2
            n1 --> n2
            n2 --> n3
            n3 --> n4
            n4 --> n5
            n5 --> n6
            n6 --> n7
            n6 --> n8
            n7 --> n9
            n0 -.-> n10
            n1 -.-> n10
            n4 -.-> n10
            n10 --> n11

        """);

    private static Topology City()
    {
        var builder = new TopologyBuilder("city");
        DataStream<WindowResult<int, double>> speed = builder.From("sensors", new ArraySource<int>(1))
            .Union(builder.From("\"new\" sensors", new ArraySource<int>(2)))
            .WithEventTime(_ => DateTimeOffset.UnixEpoch, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(5)).WithIdleness(TimeSpan.FromMinutes(1)))
            .Where(value => value > 0, ErrorPolicy.DeadLetter)
            .KeyBy(value => value)
            .Window(Sliding.Of(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(1)).WithOffset(TimeSpan.FromHours(-1)), AllowedLateness.Of(TimeSpan.FromMinutes(1)))
            .Aggregate("speed", Aggregates.Mean<int>(value => value), out DataStream<int> late, ErrorPolicy.Skip);
        speed.To("results", new CollectingSink<WindowResult<int, double>>());
        late.ForEach("late", _ => { });
        builder.DeadLetters.To("letters", new CollectingSink<DeadLetter>());
        return builder.Build();
    }
}
