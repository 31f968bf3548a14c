using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Support;

/// <summary>Runs a topology without threads: lanes are stepped in a random order that a seed repeats, and epochs are asked for now and then.</summary>
internal static class Stepping
{
    /// <summary>Runs to the end.</summary>
    /// <param name="topology">A topology whose sources and sinks need nobody else.</param>
    /// <param name="options">How the job runs.</param>
    /// <param name="random">Which lane comes next.</param>
    /// <param name="gate">Lets waiting calls of sinks through now and then.</param>
    /// <param name="watch">Called now and then between two steps, and when all has ended.</param>
    public static IReadOnlyList<StepMetrics> Step(
        this Topology topology, JobOptions options, Random random, Gate gate, Action<JobProgram>? watch = null)
    {
        var program = new JobProgram(topology.Name, options);
        topology.CompileAsync(program, CancellationToken.None).GetAwaiter().GetResult();
        var epochs = new EpochRequests(program, random);
        int quiet = 0;
        for (int steps = 0; !Array.TrueForAll(program.Lanes, lane => lane.IsDone); steps++)
        {
            steps.Should().BeLessThan(100_000, "a job whose sources end comes to an end");
            epochs.AskNowAndThen();

            // A lane that has no work twice in a row, once it could flush, has nothing to do until somebody else moves.
            bool progress = program.Lanes[random.Next(program.Lanes.Length)].Step() || (random.Next(4) == 0 && gate.Open());
            quiet = progress ? 0 : quiet + 1;
            if (watch is not null && steps % 5 == 0)
            {
                watch(program);
            }

            if (quiet > 20 * program.Lanes.Length)
            {
                bool moved = gate.Open();
                foreach (Lane lane in program.Lanes)
                {
                    moved |= lane.Step();
                }

                moved.Should().BeTrue("a job that has not ended can always go on");
            }
        }

        watch?.Invoke(program);
        epochs.ShouldBeComplete();
        using var metrics = new JobMetrics(topology.Name, program.Counters, program.Exchanges, options, firstLane: 0);
        return metrics.Snapshot();
    }
}
