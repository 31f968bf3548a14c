using IoTStream.Connectors;
using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Operators;

/// <summary>The base of operators that work by key, and the operator that puts records in order: neither depends on when there is room.</summary>
[Parallelizable(ParallelScope.All)]
public class KeyedOperatorTests
{
    [Test]
    public void Many_results_a_record_come_out_the_same_whatever_the_room() => Property.Holds(
        random => HostileInputs.Create(random, watermarks: true),
        input => Hostile.SameWhateverTheRoom<Reading, string>(input.Inputs, input.BatchSize, input.Seed, (next, late, deadLetters, counters, context) =>
            new Multiplying(
                new SideOutput<Reading>(late),
                next,
                counters,
                new ErrorHandler(ErrorPolicy.DeadLetter, counters, new SideOutput<DeadLetter>(deadLetters)),
                context)));

    [Test]
    public void Records_are_put_in_order_whatever_the_room() => Property.Holds(
        random => HostileInputs.Create(random, watermarks: true),
        input => Hostile.SameWhateverTheRoom<Reading, Reading>(input.Inputs, input.BatchSize, input.Seed, (next, late, deadLetters, counters, context) =>
            new InOrderOperator<int, Reading>(
                new(reading => reading.Value % 7 == 0 ? throw new FormatException() : reading.Key),
                new SideOutput<Reading>(late),
                next,
                counters,
                new ErrorHandler(ErrorPolicy.DeadLetter, counters, new SideOutput<DeadLetter>(deadLetters)),
                context)));

    [Test]
    public void Side_outputs_are_told_what_the_main_one_is_told()
    {
        Probe<Reading> next = new();
        Probe<Reading> late = new();
        StepCounters counters = new("order", 0);
        InOrderOperator<int, Reading> target = new(
            new(reading => reading.Key),
            new SideOutput<Reading>(late),
            next,
            counters,
            new ErrorHandler(ErrorPolicy.Fail, counters, deadLetters: null),
            new OperatorContext(0, 16, TimeProvider.System));

        target.OnWatermark(5);
        target.OnIdle(true);
        target.OnIdle(false);
        target.OnEnd();

        late.Log.Should().Equal("w:5", "idle", "active", "end");
        next.Log.Should().Equal(late.Log);
    }

    /// <summary>Gives a record several times, puts some aside as often, and gives all that it has seen once more when the watermark passes it.</summary>
    private sealed class Multiplying(
        SideOutput<Reading> late, Operator<string> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
        : KeyedOperator<int, Reading, string>(new(reading => reading.Key), [late], next, counters, errors, context)
    {
        private readonly PriorityQueue<Reading, (long, int)> _seen = new();

        protected override void OnRecord(int key, Reading value, RecordContext context)
        {
            for (int i = 0; i < value.Value % 12; i++)
            {
                Emit(context.TimestampTicks, $"{value.Id}.{i}", context.Origin);
                if (key % 2 == 0)
                {
                    late.Add(in value, context);
                }
            }

            if (value.Value % 11 == 0)
            {
                throw new FormatException();
            }

            _seen.Enqueue(value, (value.Time, value.Id));
        }

        protected override bool OnEventTime(long watermark)
        {
            while (_seen.TryPeek(out Reading? first, out _) && first.Time <= watermark)
            {
                if (IsFull)
                {
                    return false;
                }

                _seen.Dequeue();
                Emit(first.Time, $"{first.Id} again", Origin);
                late.Add(in first, new RecordContext(first.Time, Origin));
            }

            return true;
        }
    }
}
