using IoTStream.Dsl;
using IoTStream.Runtime;

namespace IoTStream.RealData.Tests;

/// <summary>Runs topologies to their end on threads, as production does.</summary>
internal static class Jobs
{
    public static async Task<IReadOnlyList<StepMetrics>> RunAsync(this TopologyBuilder builder, int lanes)
    {
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes });
        await job.Completion.WaitAsync(TimeSpan.FromMinutes(1));
        return job.GetMetrics();
    }
}
