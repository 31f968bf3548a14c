using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Storage.Parquet.Tests;

internal static class Jobs
{
    /// <summary>Runs records through a job to the sink, with an epoch log or without.</summary>
    public static async Task RunAsync<T>(ISink<T> sink, IReadOnlyList<T> records, bool withLog = true)
    {
        DirectoryInfo log = Directory.CreateTempSubdirectory("iotstream-log-");
        try
        {
            var builder = new TopologyBuilder("city.traffic");
            builder.From("source", Source.From(records)).To("to lake", sink);
            await using Job job = await builder.Build().StartAsync(new JobOptions
            {
                Lanes = 1,
                BatchSize = 7,
                EpochLog = withLog ? EpochLog.At(log.FullName) : null,
                EpochInterval = TimeSpan.FromMilliseconds(1),
            });
            await job.Completion;
        }
        finally
        {
            log.Delete(recursive: true);
        }
    }
}
