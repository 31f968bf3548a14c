using System.Globalization;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Kafka.Tests.Groups;

/// <summary>A program that reads a topic as a member of a group and writes what it gets, until its input ends.</summary>
internal static class Member
{
    /// <param name="servers">Where the cluster is.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="group">The group.</param>
    /// <param name="directory">Where its epoch log is; empty for none.</param>
    public static async Task RunAsync(string servers, string topic, string group, string directory)
    {
        var options = new KafkaSourceOptions
        {
            Group = new KafkaGroup(group) { SharesPartitions = true, SessionTimeout = TimeSpan.FromSeconds(6), CommitInterval = TimeSpan.FromMilliseconds(100) },
        };
        var builder = new TopologyBuilder("member");
        builder.From("numbers", KafkaSource.Read(topic, new KafkaCluster(servers), Text.Codec, options))
            .ForEach("write", static text => Console.WriteLine(text));
        await using Job job = await builder.Build().StartAsync(new JobOptions
        {
            Lanes = 1,
            EpochLog = directory.Length == 0 ? null : EpochLog.At(directory),
            EpochInterval = TimeSpan.FromMilliseconds(50),
        });
        Task ended = Console.In.ReadToEndAsync();
        if (await Task.WhenAny(ended, job.Completion) != ended)
        {
            await job.Completion;
        }

        await job.StopAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stopped {job.Restarts}"));
    }
}
