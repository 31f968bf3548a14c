using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.State;

namespace IoTStream.Kafka.Tests.ScaleOut;

/// <summary>Reads numbers from a topic, counts them by key, sums the counts of each key's group, and writes what comes of each step to a topic: two exchanges, one after the other.</summary>
internal static class CountingTopology
{
    public const int Keys = 17;
    public const int Groups = 3;

    /// <param name="cluster">Where the topics are.</param>
    /// <param name="input">The topic of the numbers.</param>
    /// <param name="counts">The name of the step that counts.</param>
    /// <param name="output">The topic of the results: <c>count,NUMBER,COUNT</c> and <c>group,GROUP,SEEN</c>.</param>
    public static Topology Build(KafkaCluster cluster, string input, string output, string counts = "counts")
    {
        var builder = new TopologyBuilder("counting");
        DataStream<(long Number, int Count)> counted = builder.From("numbers", KafkaSource.Read(input, cluster, Text.Codec))
            .Select(static text => long.Parse(text, CultureInfo.InvariantCulture))
            .KeyBy(static number => number % Keys, name: "by-key")
            .Process(counts, static () => new Counting());
        counted.Select(static result => $"count,{result.Number},{result.Count}")
            .To("out", KafkaSink.To<string>(output, cluster, Text.Codec, static message => message.Key(static text => text)));
        counted
            .KeyBy(static result => result.Number % Keys % Groups, name: "by-group")
            .Process("groups", static () => new Seen())
            .To("groups out", KafkaSink.To<string>(output, cluster, Text.Codec, static message => message.Key(static text => text)));
        return builder.Build(Delivery.ExactlyOnce);
    }

    private sealed class Counting : KeyedProcess<long, long, (long Number, int Count)>
    {
        private readonly ValueState<int> _count;

        public Counting() => _count = States.Value<int>("count");

        public override void OnRecord(long record, KeyedProcessContext<long, (long Number, int Count)> context) => context.Emit((record, ++_count.Value));
    }

    private sealed class Seen : KeyedProcess<long, (long Number, int Count), string>
    {
        private readonly ValueState<int> _seen;

        public Seen() => _seen = States.Value<int>("seen");

        public override void OnRecord((long Number, int Count) record, KeyedProcessContext<long, string> context) =>
            context.Emit($"group,{record.Number % Keys % Groups},{++_seen.Value}");
    }
}
