using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Runtime;

[Parallelizable(ParallelScope.All)]
public class SinkTaskTests
{
    [Test]
    public void Records_are_written_in_order_one_call_at_a_time_and_the_last_call_is_the_completion() => Property.Holds(
        random => (Batches: Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(1, 6)).ToArray(), Seed: random.Next()),
        input =>
        {
            var random = new Random(input.Seed);
            var gate = new Gate(random);
            var sink = new CollectingSink<int> { On = gate.PassAsync };
            SinkTask<int> task = Open(sink, batchSize: 8);
            int written = 0;
            int most = 0;
            foreach (int size in input.Batches)
            {
                while (!task.IsReady || random.Next(3) == 0)
                {
                    _ = random.Next(2) == 0 ? gate.Open() : task.Task.Step() || task.Task.OnLaneIdle();
                }

                task.Push([.. Enumerable.Range(written, size).Select(value => (0L, value))]);
                written += size;
                most = Math.Max(most, written - sink.Count);
            }

            task.OnEnd();
            while (!task.Task.IsDone)
            {
                _ = task.Task.Step() || task.Task.OnLaneIdle() || gate.Open();
            }

            sink.Values.Should().Equal(Enumerable.Range(0, written));
            most.Should().BeLessThanOrEqualTo(4 * 8, "four buffers of a batch each");
            sink.Calls.Should().NotContain(call => call.StartsWith("overlapping", StringComparison.Ordinal));
            sink.Calls.TakeLast(2).Should().Equal("flush", "complete");
            sink.Calls.Count(call => call == "complete").Should().Be(1);
            task.Task.Step().Should().BeFalse();
            task.Task.OnLaneIdle().Should().BeFalse();
        });

    [Test]
    public void What_was_written_is_flushed_once_when_the_input_pauses()
    {
        var sink = new CollectingSink<int>();
        SinkTask<int> task = Open(sink, batchSize: 8);
        task.Push((0, 1));
        sink.Calls.Should().Equal("write");

        task.Task.OnLaneIdle().Should().BeTrue();
        task.Task.OnLaneIdle().Should().BeFalse();
        sink.Calls.Should().Equal("write", "flush");
    }

    [Test]
    public void A_barrier_arrives_when_all_before_it_is_written_and_flushed_and_holds_nobody_back_meanwhile()
    {
        var gate = new TaskCompletionSource();
        var sink = new CollectingSink<int> { On = call => call == "write" ? new ValueTask(gate.Task) : default };
        var tracker = new EpochTracker();
        List<(long Epoch, string Calls)> completed = [];
        tracker.Completed = epoch => completed.Add((epoch, string.Join(' ', sink.Calls)));
        SinkTask<int> task = Open(sink, batchSize: 8, tracker);
        tracker.Begin(1);
        task.Push((0, 1));
        task.Push((0, 2));

        task.OnBarrier(1);
        task.IsReady.Should().BeTrue();
        task.Push((0, 3));
        completed.Should().BeEmpty();

        gate.SetResult();
        task.Task.Step();
        completed.Should().Equal((1, "write write flush"));
        sink.Values.Should().Equal(1, 2, 3);
        task.OnEnd();
        task.Task.IsDone.Should().BeTrue();
    }

    [Test]
    public void A_barrier_waits_for_no_end_that_is_done()
    {
        var tracker = new EpochTracker();
        List<long> completed = [];
        tracker.Completed = completed.Add;
        SinkTask<int> ended = Open(new CollectingSink<int>(), batchSize: 8, tracker);
        SinkTask<int> other = Open(new CollectingSink<int>(), batchSize: 8, tracker);
        ended.OnEnd();

        tracker.Begin(1).Should().BeTrue();
        completed.Should().BeEmpty();
        other.OnBarrier(1);
        completed.Should().Equal(1);
        tracker.Begin(2).Should().BeTrue();
        other.OnEnd();
        completed.Should().Equal(1, 2);
        tracker.Begin(3).Should().BeFalse();
    }

    private static SinkTask<int> Open(CollectingSink<int> sink, int batchSize, EpochTracker? epochs = null)
    {
        var context = new SinkContext("topology", "sink", 0, TimeProvider.System);
        var writer = new OpenWriter<int>(sink.OpenAsync(context, CancellationToken.None).AsTask().GetAwaiter().GetResult());
        return new SinkTask<int>(writer, new StepCounters("sink", 0), batchSize, () => { }, (epochs ?? new EpochTracker()).AddEnd(), CancellationToken.None);
    }
}
