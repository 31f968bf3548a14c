using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Simulation.Jobs;

/// <summary>
/// A job that is killed at any moment, loses what the disk had not synced, meets disks that fail and fill up, is stopped, and is started again on another number
/// of lanes, gives what one gives to which nothing happens: nothing twice, and nothing lost.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class RestartProperties
{
    [TestCaseSource(typeof(Pipelines), nameof(Pipelines.All))]
    public void Each_result_comes_once(object pipeline) => Property.Holds(
        JobRun.Draw,
        run => run.Execute((Pipeline)pipeline),
        run => run.Shrink(),
        share: 4);

    [Test]
    public void Each_result_of_random_topologies_comes_once() => Property.Holds(
        random => (Composition: Composition.Draw(random), Run: JobRun.Draw(random)),
        trial => trial.Run.Execute(trial.Composition.ToPipeline()),
        trial => [.. trial.Composition.Shrink().Select(simpler => (simpler, trial.Run)), .. trial.Run.Shrink().Select(simpler => (trial.Composition, simpler))]);

    /// <summary>An earlier life had the end of one source in its state already, while the other source went on.</summary>
    [TestCase("chunks")]
    [TestCase("windows of the clock")]
    [TestCase("pairs")]
    public void A_source_that_had_ended_holds_up_nothing(string step)
    {
        var pipeline = new Pipeline($"{step} beside what goes on", draft =>
        {
            DataStream<Reading> ended = step switch
            {
                "chunks" => draft.Readings.Chunk(7).SelectMany(chunk => chunk),
                "pairs" => draft.Readings.KeyBy(reading => reading.Key)
                    .Join(draft.Readings.KeyBy(reading => reading.Key), JoinInterval.After(TimeSpan.FromSeconds(6)), AllowedLateness.None)
                    .SelectOuter("pairs", OuterJoin.Left, (left, right) => left with { Value = right.Value }),
                _ => Clocked("first", draft.Readings),
            };
            draft.Give(Clocked("second", ended.Union(draft.Others.Select(reading => reading with { Key = reading.Key + 1000 }))).Select(reading => $"{reading}"));
        });
        Property.Holds(random => new JobRun(random.Next(), random.Next(2, 12), Lives: 1), run => run.Execute(pipeline), run => run.Shrink(), share: 3);
    }

    /// <summary>Windows by processing time, and what they found late.</summary>
    private static DataStream<Reading> Clocked(string name, DataStream<Reading> readings) => readings
        .WithProcessingTime(name: $"{name} time")
        .KeyBy(reading => reading.Key)
        .Window(Tumbling.Of(TimeSpan.FromSeconds(5)), AllowedLateness.None)
        .Aggregate(name, Aggregates.Collect<Reading>(), out DataStream<Reading> late)
        .SelectMany(result => result.Value)
        .Union(late);
}
