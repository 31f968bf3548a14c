using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Kafka;
using IoTStream.Runtime;

namespace IoTStream.Benchmarks.Kafka;

/// <summary>The same as a topology.</summary>
internal static class OurClient
{
    /// <returns>The time from the first message to the last.</returns>
    public static async Task<TimeSpan> ConsumeAsync(string servers, string topic, int count)
    {
        long start = 0;
        long end = 0;
        int read = 0;
        double sum = 0;
        var builder = new TopologyBuilder("consume");
        builder.From("in", Source(servers, topic)).ForEach("sum", measured =>
        {
            sum += measured.Value;
            start = read == 0 ? Stopwatch.GetTimestamp() : start;
            end = ++read == count ? Stopwatch.GetTimestamp() : end;
        });
        await RunAsync(builder);
        return sum > 0 ? Stopwatch.GetElapsedTime(start, end) : throw new InvalidOperationException("Nothing was read.");
    }

    /// <returns>The time from the first message on until all are delivered.</returns>
    public static async Task<TimeSpan> ProcessAsync(string servers, string topic, string output)
    {
        long start = 0;
        var sink = new TimedSink<Measured>(
            KafkaSink.To<Measured>(output, new KafkaCluster(servers), new Measured.Codec(), options: new KafkaSinkOptions { Delivery = Delivery.AtLeastOnce }));
        var builder = new TopologyBuilder("process");
        builder.From("in", Source(servers, topic))
            .Where(measured =>
            {
                start = start == 0 ? Stopwatch.GetTimestamp() : start;
                return measured.IsKept;
            })
            .Select(static measured => measured.InFahrenheit)
            .To("out", sink);
        await RunAsync(builder);
        return Stopwatch.GetElapsedTime(start, sink.Completed);
    }

    private static ISource<Measured> Source(string servers, string topic) =>
        KafkaSource.Read(topic, new KafkaCluster(servers), new Measured.Codec(), new KafkaSourceOptions { End = KafkaEnd.Now });

    private static async Task RunAsync(TopologyBuilder builder)
    {
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
    }

    /// <summary>Notes when the last record was written.</summary>
    private sealed class TimedSink<T>(ISink<T> sink) : ISink<T>
    {
        public long Completed { get; private set; }

        public async ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) =>
            new Writer(this, await sink.OpenAsync(context, cancellationToken));

        private sealed class Writer(TimedSink<T> timed, ISinkWriter<T> writer) : ISinkWriter<T>
        {
            public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken) => writer.WriteAsync(batch, cancellationToken);

            public ValueTask FlushAsync(CancellationToken cancellationToken) => writer.FlushAsync(cancellationToken);

            public async ValueTask CompleteAsync(CancellationToken cancellationToken)
            {
                await writer.CompleteAsync(cancellationToken);
                timed.Completed = Stopwatch.GetTimestamp();
            }

            public ValueTask DisposeAsync() => writer.DisposeAsync();
        }
    }
}
