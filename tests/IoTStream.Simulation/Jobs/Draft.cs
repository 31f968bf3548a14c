using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Simulation.Jobs;

/// <summary>A topology in the making.</summary>
internal sealed class Draft(World world, Inputs inputs)
{
    private readonly TopologyBuilder _builder = new("simulated");
    private readonly List<DataStream<string>> _results = [];
    private readonly List<DataStream<string>> _first = [];
    private DataStream<Reading>? _readings;
    private DataStream<Reading>? _others;

    public World World => world;

    /// <summary>What the source gives.</summary>
    public DataStream<Reading> Readings => _readings ??= From("source", inputs.Readings);

    /// <summary>What another source gives. Its keys are the same, and its order in relation to the first is any.</summary>
    public DataStream<Reading> Others => _others ??= From("others", inputs.Others);

    public TopologyBuilder Builder => _builder;

    /// <summary>Adds to what comes out.</summary>
    public void Give(DataStream<string> results) => _results.Add(results);

    /// <summary>Adds to what comes out of the first sink, which is there in any case.</summary>
    public void GiveFirst(DataStream<string> results) => _first.Add(results);

    /// <summary>Lets half of the results go to one sink, the others to a second one.</summary>
    public Topology Build(SimulatedTarget target)
    {
        for (int i = 0; i < Math.Min(2, _results.Count); i++)
        {
            DataStream<string>[] same = [.. _results.Where((_, index) => index % 2 == i), .. i == 0 ? _first : []];
            same[0].Union([.. same.Skip(1)]).To($"sink {i}", target.Sinks[i]);
        }

        return _builder.Build();
    }

    private DataStream<Reading> From(string name, Reading[][] partitions) => _builder
        .From(name, new SimulatedSource(world, partitions, inputs.Redeliver))
        .WithEventTime(reading => reading.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(Pipeline.Disorder)));
}
