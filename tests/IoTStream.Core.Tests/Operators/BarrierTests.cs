using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Operators;

/// <summary>Nothing overtakes a barrier, also where what comes was not asked for, and a barrier overtakes nothing.</summary>
[Parallelizable(ParallelScope.All)]
public class BarrierTests
{
    [Test]
    public void A_union_keeps_what_comes_behind_a_barrier_until_the_other_inputs_have_theirs()
    {
        var probe = new Probe<int>();
        var union = new Union<int>(probe, inputs: 3, batchSize: 2);
        Operator<int>[] ports = [union.AddPort(), union.AddPort(), union.AddPort()];

        ports[0].OnBarrier(1);
        (ports[0].IsReady, ports[1].IsReady).Should().Be((false, true));
        ports[0].Push((0, 10), (0, 11), (0, 12));
        ports[0].OnWatermark(5);
        ports[0].OnEnd();
        ports[1].Push((0, 20));
        ports[1].OnBarrier(1);
        ports[1].OnWatermark(6);
        ports[2].Push((0, 30));
        probe.Log.Should().Equal("20", "30");

        ports[2].OnEnd();
        probe.Log.Should().Equal("20", "30", "b:1", "10", "11", "12");
        probe.BatchSizes.Should().Equal(1, 1, 2, 1);
        ports[1].IsReady.Should().BeTrue();
        ports[1].OnEnd();
        probe.Log.Should().EndWith("end");
    }

    [Test]
    public void Two_inputs_keep_what_comes_behind_a_barrier_until_both_have_it()
    {
        var probe = new Probe<string>();
        var context = new OperatorContext(0, 8, TimeProvider.System);
        var both = new Both(probe, context);

        both.Left.Push((0, 1));
        both.Left.OnWatermark(3);
        both.Left.OnBarrier(1);
        (both.Left.IsReady, both.Right.IsReady).Should().Be((false, true));
        both.Left.Push((10, 2));
        both.Left.OnWatermark(12);
        both.Left.OnEnd();
        both.Right.OnWatermark(20);
        Resume(context);
        both.Right.Push((21, 3));
        probe.Log.Should().Equal("left 1", "w:3", "right 3");

        probe.Room = 0;
        both.Right.OnBarrier(1);
        probe.Log.Should().HaveCount(3, "a signal of an operator with two inputs waits for room as all of its signals do");
        probe.Room = 8;
        Resume(context);
        probe.Log.Should().Equal("left 1", "w:3", "right 3", "epoch 1 left 1 right 3", "b:1", "left 2", "w:12");
    }

    [Test]
    public void An_operator_that_keeps_records_passes_the_barrier_after_them_and_before_what_comes_behind_it()
    {
        var probe = new Probe<int> { Room = 1 };
        var context = new OperatorContext(0, 2, TimeProvider.System);
        var counters = new StepCounters("many", 0);
        var many = new SelectManyOperator<int, int, PlainFunction<int, IEnumerable<int>>>(
            new(count => Enumerable.Range(0, count)), probe, counters, new ErrorHandler(ErrorPolicy.Fail, counters, null), context);

        many.Push((0, 3));
        many.OnWatermark(1);
        many.OnBarrier(1);
        many.Push((0, 1));
        many.OnWatermark(2);
        many.OnIdle(true);
        many.OnPartition(Sequence.Partition, ended: true);
        many.OnEnd();
        probe.Log.Should().Equal("0", "1");

        for (int i = 0; i < 5; i++)
        {
            probe.Room = 1;
            Resume(context);
        }

        probe.Log.Should().Equal("0", "1", "2", "w:1", "b:1", "0", "w:2", "closed partition", "idle", "end");
    }

    [Test]
    public void A_barrier_waits_for_the_calls_before_it_and_calls_behind_it_wait_for_the_barrier()
    {
        var probe = new Probe<int>();
        var context = new OperatorContext(0, 4, TimeProvider.System);
        var counters = new StepCounters("calls", 0);
        Dictionary<int, TaskCompletionSource<int>> calls = [];
        var settings = new CallSettings(MaxInFlight: 4, KeepOrder: false, TimeSpan.FromMinutes(1), Attempts: 1, TimeSpan.Zero, TimeSpan.Zero);
        using var async = new SelectAsyncOperator<int, int>(
            (value, _, _) => new((calls[value] = new()).Task), settings, probe, counters, new ErrorHandler(ErrorPolicy.Fail, counters, null), context);

        async.OnBarrier(1);
        async.Push((0, 1), (0, 2));
        async.OnWatermark(7);
        async.OnBarrier(2);
        async.IsReady.Should().BeFalse();
        async.OnWatermark(8);
        async.Push((0, 3));
        async.OnWatermark(9);
        calls.Keys.Should().Equal(1, 2);
        probe.Log.Should().Equal("b:1");

        Answer(1);
        probe.Log.Should().Equal("b:1", "1");
        Answer(2);
        probe.Log.Should().Equal("b:1", "1", "2", "w:7", "b:2", "w:8");
        Answer(3);
        probe.Log.Should().Equal("b:1", "1", "2", "w:7", "b:2", "w:8", "3", "w:9");
        async.IsReady.Should().BeTrue();

        void Answer(int call)
        {
            calls[call].SetResult(call);
            SpinWait.SpinUntil(() => async.Resume(), TimeSpan.FromSeconds(20)).Should().BeTrue();
        }
    }

    private static void Resume(OperatorContext context)
    {
        for (int i = 0; i < 3; i++)
        {
            context.Resumables.FindAll(operation => operation.HasPending).ForEach(operation => operation.Resume());
        }
    }

    private sealed class Both(Probe<string> next, OperatorContext context) : TwoInputOperator<int, int, string>(
        inputs: 2, [], next, new StepCounters("both", 0), new ErrorHandler(ErrorPolicy.Fail, new StepCounters("both", 0), null), context)
    {
        private readonly List<string> _seen = [];

        protected override int OnLeft(scoped in Batch<int> batch) => Take("left", in batch);

        protected override int OnRight(scoped in Batch<int> batch) => Take("right", in batch);

        protected override void OnEpoch(long epoch) => next.Log.Add($"epoch {epoch} {string.Join(' ', _seen)}");

        private int Take(string side, scoped in Batch<int> batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                _seen.Add($"{side} {batch.Values[i]}");
                Emit(batch.Timestamps[i], $"{side} {batch.Values[i]}", batch.Origins[i]);
            }

            return batch.Count;
        }
    }
}
