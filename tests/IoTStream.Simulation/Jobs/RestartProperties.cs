using IoTStream.Core.Tests.Support;

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
}
