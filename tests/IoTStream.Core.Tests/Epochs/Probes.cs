using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Core.Tests.Epochs;

/// <summary>A step that passes on what comes and notes it.</summary>
internal sealed class PassingNode(StreamNode<Item> input, EpochLog log) : StepNode<Item, Item>(NodeKind.Select, name: null, input)
{
    protected override Operator<Item> CreateOperator(
        Operator<Item> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) => new Passing(log, lane, next, counters);

    private sealed class Passing(EpochLog log, int lane, Operator<Item> next, StepCounters counters) : StepOperator<Item, Item>(next, counters)
    {
        public override void OnBatch(scoped in Batch<Item> batch)
        {
            foreach (Item item in batch.Values)
            {
                log.Add(lane, item);
            }

            Emit(in batch);
        }

        protected override void OnEpoch(long epoch) => log.Mark(lane, epoch);
    }
}

/// <summary>A step that gives each record several times, and notes what it has taken when an epoch ends.</summary>
internal sealed class CopyingNode(StreamNode<Item> input, int copies, EpochLog log) : StepNode<Item, Item>(NodeKind.Process, name: null, input)
{
    protected override Operator<Item> CreateOperator(
        Operator<Item> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new Copying(copies, log, next, counters, errors, compilation.Context(lane));

    private sealed class Copying(
        int copies, EpochLog log, Operator<Item> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
        : KeyedOperator<int, Item, Item>(new(item => item.Number), [], next, counters, errors, context)
    {
        private readonly OperatorContext _context = context;

        protected override void OnRecord(int key, Item value, RecordContext context)
        {
            log.Add(_context.Lane, value);
            for (int i = 0; i < copies; i++)
            {
                Emit(context.TimestampTicks, in value, context.Origin);
            }
        }

        protected override void OnEpoch(long epoch)
        {
            HasUnsent.Should().BeFalse("nothing is on its way when an epoch ends");
            log.Mark(_context.Lane, epoch);
        }
    }
}

/// <summary>A step with two inputs that passes on what comes from either, and notes what it has taken when an epoch ends.</summary>
internal sealed class PairingNode(StreamNode<Item> left, StreamNode<Item> right, EpochLog log)
    : TwoInputNode<Item, Item, Item>(NodeKind.Join, name: null, left, right)
{
    protected override TwoInputOperator<Item, Item, Item> CreateOperator(
        int inputs, Operator<Item> next, StepCounters counters, ErrorHandler errors, Compilation compilation, int lane) =>
        new Pairing(inputs, log, next, counters, errors, compilation.Context(lane));

    private sealed class Pairing(
        int inputs, EpochLog log, Operator<Item> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
        : TwoInputOperator<Item, Item, Item>(inputs, [], next, counters, errors, context)
    {
        private readonly int _lane = context.Lane;

        protected override int OnLeft(scoped in Batch<Item> batch) => Take(in batch);

        protected override int OnRight(scoped in Batch<Item> batch) => Take(in batch);

        protected override void OnEpoch(long epoch) => log.Mark(_lane, epoch);

        private int Take(scoped in Batch<Item> batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                if (IsFull && !SendUnsent())
                {
                    return i;
                }

                log.Add(_lane, batch.Values[i]);
                Emit(batch.Timestamps[i], in batch.Values[i], batch.Origins[i]);
            }

            return batch.Count;
        }
    }
}
