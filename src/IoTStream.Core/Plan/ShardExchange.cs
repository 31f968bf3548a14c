using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Plan;

/// <summary>Makes both ends of an exchange between shards: for the lane of each shard one end that sends to all, and one that receives.</summary>
internal static class ShardExchange
{
    public delegate ShardOutput<T> SenderFactory<T>(Shard shard, StepCounters counters, LaneCapture capture, EpochEnd end, Action hurry);

    public static Operator<T> Create<T>(StreamNode<T> node, Compilation compilation, int lane, SenderFactory<T> create)
    {
        JobProgram program = compilation.Program;
        Shard shard = program.Shard!;
        Lane own = program.Lanes[lane];
        own.Add(new ShardInput<T>(node.Name, shard, node.Downstream(compilation, lane), program.Stop, compilation.Context(lane), own.Wake));
        ShardOutput<T> output = create(shard, program.AddCounters(node.Name, lane), program.Session!.Lanes[lane], program.Epochs.AddEnd(), program.Loop!.Hurry);
        program.Session.Add(output.Outbox);
        return output;
    }
}
