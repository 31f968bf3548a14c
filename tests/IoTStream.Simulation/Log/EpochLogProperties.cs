using IoTStream.Core.Tests.Support;

namespace IoTStream.Simulation.Log;

[Parallelizable(ParallelScope.All)]
public class EpochLogProperties
{
    [Test]
    public void Replaying_gives_the_state_of_the_last_epoch_and_of_each_savepoint_whatever_the_disk_does() => Property.Holds(
        random => (Seed: random.Next(), Steps: random.Next(5, 80)),
        run =>
        {
            var epochs = new EpochRun(run.Seed);
            for (int i = 0; i < run.Steps; i++)
            {
                epochs.Step();
            }

            epochs.CheckSavepoints();
        },
        run => run.Steps > 1 ? [run with { Steps = run.Steps / 2 }, run with { Steps = run.Steps - 1 }] : []);
}
