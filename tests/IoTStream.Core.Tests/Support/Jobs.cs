using IoTStream.Core.Tests.Connectors;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Support;

/// <summary>Runs topologies to their end, with a limit.</summary>
internal static class Jobs
{
    public static async Task RunAsync(this Topology topology, JobOptions? options = null)
    {
        await using Job job = await topology.StartAsync(options);
        await Within.Time(job.Completion);
    }

    /// <summary>Runs a topology that is to fail.</summary>
    /// <returns>The failure, which may come from the start or from the run.</returns>
    public static async Task<JobFailedException> FailAsync(this Topology topology, JobOptions? options = null)
    {
        Func<Task> run = () => topology.RunAsync(options);
        return (await run.Should().ThrowAsync<JobFailedException>()).Which;
    }

    public static StepMetrics Of(this IReadOnlyList<StepMetrics> metrics, string step) => metrics.Single(found => found.Step == step);
}
