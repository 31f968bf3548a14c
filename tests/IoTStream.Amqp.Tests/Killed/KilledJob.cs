using System.Globalization;
using IoTStream.Amqp.Tests.Peers;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Amqp.Tests.Killed;

/// <summary>A program that takes numbers from a queue, counts them by key, and writes that to another queue and to files, until it is killed.</summary>
internal static class KilledJob
{
    public const int Keys = 7;

    public const int Prefetch = 200;

    /// <param name="port">Where the server is.</param>
    /// <param name="input">The queue to consume.</param>
    /// <param name="output">The queue to publish to.</param>
    /// <param name="directory">Where state and files go.</param>
    public static async Task RunAsync(string port, string input, string output, string directory)
    {
        Topology topology = Describe(RabbitMqServer.Through(int.Parse(port, CultureInfo.InvariantCulture)), input, AmqpQueueKind.Quorum, 10 * Prefetch, output, directory);
        await using Job job = await topology.StartAsync(Options(directory));
        Console.WriteLine("running");
        await job.Completion;
    }

    public static JobOptions Options(string directory) =>
        new() { Lanes = 2, EpochLog = EpochLog.At(Path.Combine(directory, "state")), EpochInterval = TimeSpan.FromMilliseconds(20) };

    public static Topology Describe(AmqpServer server, string input, AmqpQueueKind kind, int window, string output, string directory)
    {
        var source = new AmqpSourceOptions { Queue = new AmqpQueue { Kind = kind }, Prefetch = Prefetch, DeduplicationWindow = window, Exclusive = true };
        var builder = new TopologyBuilder("killed");
        DataStream<string> counts = builder
            .From("numbers", AmqpSource.Consume(input, server, Text.Codec, source))
            .Select(static text => int.Parse(text, CultureInfo.InvariantCulture))
            .KeyBy(static number => number % Keys)
            .Process("counts", static () => new Counting());
        counts.To("out", AmqpSink.To<string>(AmqpExchange.Default, server, Text.Codec, message => message.RoutingKey(output)));
        counts.To("files", JsonLines.WriteEpochs(Path.Combine(directory, "files"), Text.Codec));
        return builder.Build();
    }

    private sealed class Counting : KeyedProcess<int, int, string>
    {
        private readonly ValueState<int> _count;

        public Counting() => _count = States.Value<int>("count");

        public override void OnRecord(int record, KeyedProcessContext<int, string> context) => context.Emit($"[{record},{++_count.Value}]");
    }
}
