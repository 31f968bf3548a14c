using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Storage.PostgreSql.Tests;

internal static class Jobs
{
    public static Topology Topology<T>(ISource<T> source, ISink<T> sink, string step = "sink")
    {
        var builder = new TopologyBuilder("postgresql");
        builder.From("source", source).To(step, sink);
        return builder.Build();
    }

    /// <summary>Runs records through a job to the sink, with an epoch log or without.</summary>
    public static async Task RunAsync<T>(ISink<T> sink, T[] rows, bool withLog, string step = "sink", TimeProvider? timeProvider = null)
    {
        DirectoryInfo log = Directory.CreateTempSubdirectory("iotstream-");
        await using Job job = await Topology(Source.From(rows), sink, step).StartAsync(new JobOptions
        {
            Lanes = 1,
            BatchSize = 7,
            EpochLog = withLog ? EpochLog.At(log.FullName) : null,
            EpochInterval = TimeSpan.FromMilliseconds(1),
            TimeProvider = timeProvider ?? TimeProvider.System,
        });
        await job.Completion;
        log.Delete(recursive: true);
    }
}
