using IoTStream.Dsl;
using IoTStream.Plan;

namespace IoTStream.Testing.Tests;

[Parallelizable(ParallelScope.All)]
public class TestSinkTests
{
    [Test]
    public void A_sink_that_is_held_holds_the_source_back()
    {
        var source = new TestSource<int>();
        var sink = new TestSink<int>();
        using TestJob test = TestJob.Start(Copy(source, sink), new TestJobOptions { BatchSize = 1 });
        source.AddRange(Enumerable.Range(0, 100));
        source.End();

        sink.Hold();
        test.Settle();
        sink.Values.Should().BeEmpty();
        sink.WaitingCalls.Should().Be(1);
        long taken = source[0].Acknowledged;
        taken.Should().BeInRange(1, 20, "queues are bounded");

        sink.ReleaseOne().Should().BeTrue();
        test.Settle();
        sink.Values.Should().Equal(0);
        source[0].Acknowledged.Should().Be(taken + 1);

        sink.Release();
        test.RunToEnd();
        sink.Values.Should().Equal(Enumerable.Range(0, 100));
        sink.ReleaseOne().Should().BeFalse();
    }

    [TestCase(SinkCall.Open)]
    [TestCase(SinkCall.Write)]
    [TestCase(SinkCall.Flush)]
    [TestCase(SinkCall.Complete)]
    [TestCase(SinkCall.Close)]
    public async Task Each_call_can_be_made_to_fail(SinkCall call)
    {
        var source = new TestSource<int>();
        var sink = new TestSink<int>();
        sink.FailNext(call, new IOException("disk full"));
        source.Add(1);
        source.End();

        Func<Task> run = async () =>
        {
            await using TestJob test = await TestJob.StartAsync(Copy(source, sink));
            await test.RunToEndAsync();
        };

        Exception failure = (await run.Should().ThrowAsync<Exception>()).Which;
        failure.Message.Should().Contain("'sink'").And.Contain("disk full");
    }

    [Test]
    public void Calls_of_a_hostile_run_take_their_time_but_no_call_of_a_calm_one()
    {
        MostCallsAtOnce(Schedule.Hostile).Should().Be(1);
        MostCallsAtOnce(Schedule.InTurn).Should().Be(0);
    }

    [Test]
    public void Each_lane_can_have_a_writer()
    {
        var source = new TestSource<int>(partitions: 4);
        var sink = new TestSink<int> { AllowsParallelWriters = true };
        using TestJob test = TestJob.Start(Copy(source, sink), new TestJobOptions { Lanes = 4 });

        for (int i = 0; i < 4; i++)
        {
            source[i].Add(i);
        }

        test.Settle();

        sink.Records.Select(record => record.Writer).Should().BeEquivalentTo([0, 1, 2, 3]);
        sink.CountOf(SinkCall.Open).Should().Be(4);
        sink.IsCompleted.Should().BeFalse();
    }

    private static int MostCallsAtOnce(Schedule schedule)
    {
        var source = new TestSource<int>();
        var sink = new TestSink<int>();
        int begun = 0;
        int most = 0;
        var builder = new TopologyBuilder("copy");
        builder.From("source", source)
            .Select(value =>
            {
                // What has been handed on and is not written yet waits in a call, or behind one.
                most = Math.Max(most, Math.Min(1, begun - sink.Values.Count));
                begun++;
                return value;
            })
            .To("sink", sink);
        using TestJob test = TestJob.Start(builder.Build(), new TestJobOptions { BatchSize = 1, Schedule = schedule, Seed = 3 });
        source.AddRange(Enumerable.Range(0, 200));
        source.End();
        test.RunToEnd();
        sink.Values.Should().Equal(Enumerable.Range(0, 200));
        return most;
    }

    private static Topology Copy<T>(TestSource<T> source, TestSink<T> sink)
    {
        var builder = new TopologyBuilder("copy");
        builder.From("source", source).To("sink", sink);
        return builder.Build();
    }
}
