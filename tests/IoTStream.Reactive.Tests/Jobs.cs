using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Reactive.Tests;

internal static class Jobs
{
    /// <summary>Runs a topology to its end.</summary>
    public static async Task RunAsync(this Topology topology, JobOptions? options = null)
    {
        await using Job job = await topology.StartAsync(options);
        await job.Completion;
    }
}
