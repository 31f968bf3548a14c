using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Storage.InfluxDb.Tests;

internal static class Jobs
{
    /// <summary>Runs a topology to its end.</summary>
    public static async Task RunAsync(this Topology topology, JobOptions? options = null)
    {
        await using Job job = await topology.StartAsync(options ?? new JobOptions { Lanes = 1 });
        await job.Completion;
    }
}
