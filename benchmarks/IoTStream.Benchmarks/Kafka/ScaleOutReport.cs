using System.Diagnostics;
using Confluent.Kafka;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Kafka;
using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Benchmarks.Kafka;

/// <summary>
/// A count by key in shards: how fast it is beside one job with an epoch log that needs no topic between, and how long it takes until a million keys are there again. One process, on a real cluster.
/// </summary>
internal static class ScaleOutReport
{
    private const int Shards = 4;
    private const int Partitions = 4;
    private const int Keys = 1_000_000;

    public static async Task RunAsync(string servers, string topic, int count, Func<Task<string>> createTopic)
    {
        Console.WriteLine($"scaleout: {count:N0} messages of {Measured.Size} bytes counted by key, epochs of 1 s");
        for (int round = 0; round < 2; round++)
        {
            (TimeSpan single, _) = await CountAsync(servers, topic, count, application: null);
            string application = $"bench-{Guid.NewGuid():N}";
            (TimeSpan scaled, _) = await CountAsync(servers, topic, count, application);
            Console.WriteLine($"  one job {count / single.TotalSeconds / 1e6,6:F3} M/s, {Shards} shards in one process {count / scaled.TotalSeconds / 1e6,6:F3} M/s, {single / scaled:F2} of it");
            await KafkaScaleOut.ResetAsync(new KafkaCluster(servers), application);
        }

        string keys = await createTopic();
        await FillAsync(servers, keys);
        string restored = $"bench-{Guid.NewGuid():N}";
        (TimeSpan build, _) = await CountAsync(servers, keys, Keys, restored);
        (_, TimeSpan restore) = await CountAsync(servers, keys, count: 0, restored);
        Console.WriteLine($"restore: {Keys:N0} keys counted in {build.TotalSeconds:F1} s; from the start of a process until all of them were there again and at work {restore.TotalSeconds:F1} s");
        await KafkaScaleOut.ResetAsync(new KafkaCluster(servers), restored);
    }

    /// <returns>The time from the first message to the last, and from the start until all shards were at work.</returns>
    private static async Task<(TimeSpan Counted, TimeSpan Started)> CountAsync(string servers, string topic, int count, string? application)
    {
        var progress = new Progress(count);
        var cluster = new KafkaCluster(servers);
        var builder = new TopologyBuilder("count");
        builder.From("in", KafkaSource.Read(topic, cluster, new Measured.Codec()))
            .Where(_ => progress.Begin())
            .KeyBy(static measured => measured.Device, name: "by-device")
            .Process("count", () => new Counting(progress))
            .Where(static _ => false)
            .To("out", KafkaSink.To<Measured>("none", cluster, new Measured.Codec()));
        Topology topology = builder.Build();
        long start = Stopwatch.GetTimestamp();
        if (application is null)
        {
            string directory = Directory.CreateTempSubdirectory("iotstream-bench-").FullName;
            await using (Job job = await topology.StartAsync(new JobOptions { EpochLog = EpochLog.At(directory) }))
            {
                await progress.Done;
                await job.StopAsync();
            }

            Directory.Delete(directory, recursive: true);
            return (progress.Time, default);
        }

        await using KafkaApplication shards = await topology.RunOnKafkaAsync(new KafkaScaleOutOptions(cluster) { ApplicationId = application, Shards = Shards });
        while (shards.RunningShards.Count < Shards)
        {
            await Task.Delay(1);
        }

        TimeSpan started = Stopwatch.GetElapsedTime(start);
        await progress.Done;
        await shards.StopAsync();
        return (progress.Time, started);
    }

    private static async Task FillAsync(string servers, string topic)
    {
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = servers, LingerMs = 5, QueueBufferingMaxMessages = 0 }).Build();
        for (int key = 0; key < Keys; key++)
        {
            byte[] message = new byte[Measured.Size];
            new Measured(key, 1).Write(message);
            producer.Produce(new TopicPartition(topic, key % Partitions), new Message<Null, byte[]> { Value = message });
        }

        await Task.Run(() => producer.Flush(TimeSpan.FromMinutes(1)));
    }

    private sealed class Counting : KeyedProcess<long, Measured, Measured>
    {
        private readonly ValueState<long> _count;
        private readonly Progress _progress;

        public Counting(Progress progress)
        {
            _progress = progress;
            _count = States.Value<long>("count");
        }

        public override void OnRecord(Measured record, KeyedProcessContext<long, Measured> context)
        {
            _count.Value++;
            _progress.Note();
        }
    }

    private sealed class Progress
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly int _count;
        private long _start;
        private int _seen;

        public Progress(int count)
        {
            _count = count;
            if (count == 0)
            {
                _done.SetResult();
            }
        }

        public Task Done => _done.Task;

        public TimeSpan Time { get; private set; }

        /// <summary>A message has been read; the clock runs from the first one on.</summary>
        public bool Begin()
        {
            if (Volatile.Read(ref _start) == 0)
            {
                Interlocked.CompareExchange(ref _start, Stopwatch.GetTimestamp(), 0);
            }

            return true;
        }

        public void Note()
        {
            if (Interlocked.Increment(ref _seen) == _count)
            {
                Time = Stopwatch.GetElapsedTime(_start);
                _done.SetResult();
            }
        }
    }
}
