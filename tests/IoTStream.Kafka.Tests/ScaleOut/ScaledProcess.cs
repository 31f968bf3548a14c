namespace IoTStream.Kafka.Tests.ScaleOut;

/// <summary>A program that takes part in a <see cref="CountingTopology"/> until its input ends, or it is killed.</summary>
internal static class ScaledProcess
{
    public const int Shards = 6;

    public static async Task RunAsync(string servers, string input, string output, string instance)
    {
        var cluster = new KafkaCluster(servers);
        await using KafkaApplication application = await CountingTopology.Build(cluster, input, output).RunOnKafkaAsync(Options(cluster, output, instance));
        Console.WriteLine("running");
        Task asked = Task.Run(static () => Console.In.ReadToEnd());
        string shown = "";
        string told = "";
        while (!asked.IsCompleted && !application.Completion.IsCompleted)
        {
            string shards = string.Join(' ', application.RunningShards);
            if (shards != shown)
            {
                shown = shards;
                Console.WriteLine($"shards {shards}");
            }

            if (application.LastFailure?.Message is { } failure && failure != told)
            {
                told = failure;
                await Console.Error.WriteLineAsync(failure);
            }

            await Task.WhenAny(asked, application.Completion, Task.Delay(50, CancellationToken.None));
        }

        await application.StopAsync();
    }

    public static KafkaScaleOutOptions Options(KafkaCluster cluster, string output, string instance) => new(cluster)
    {
        ApplicationId = output,
        InstanceId = instance.Length > 0 ? instance : null,
        Shards = Shards,
        EpochInterval = TimeSpan.FromMilliseconds(50),
        HandOverTimeout = TimeSpan.FromSeconds(2),
        SessionTimeout = TimeSpan.FromSeconds(6),
        TransactionTimeout = TimeSpan.FromSeconds(10),
    };
}
