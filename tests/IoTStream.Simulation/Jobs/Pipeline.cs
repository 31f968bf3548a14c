using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Simulation.Jobs;

/// <summary>A topology whose output, as a set in which things can be more than once, does not depend on who is faster.</summary>
internal sealed record Pipeline(string Name, Func<DataStream<Reading>, DataStream<string>> Steps)
{
    /// <summary>How many seconds a record can come too late; what is later would depend on who is faster.</summary>
    public const int Disorder = 5;

    public Topology Build(ISource<Reading> source, ISink<string> sink)
    {
        var builder = new TopologyBuilder("simulated");
        Steps(builder.From("source", source).WithEventTime(reading => reading.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(Disorder)))).To("sink", sink);
        return builder.Build();
    }

    public override string ToString() => Name;
}
