using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;
using IoTStream.Testing;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class ChunkTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void Keeps_every_record_in_order_and_event_time_behind_those_that_wait() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            int size = random.Next(1, 8);
            int count = random.Next(60);
            var source = new TestSource<int>();
            var chunks = new TestSink<IReadOnlyList<int>>();
            var windows = new TestSink<WindowResult<int, long>>();
            var builder = new TopologyBuilder("chunks");
            DataStream<IReadOnlyList<int>> stream = builder.From("source", source)
                .WithEventTime(record => Start.AddSeconds(record), Watermarks.Monotonous())
                .Chunk(size, random.Next(2) == 0 ? null : TimeSpan.FromSeconds(1));
            stream.To("chunks", chunks);
            stream.SelectMany(chunk => chunk).KeyBy(_ => 0).Window(Tumbling.Of(TimeSpan.FromSeconds(5)), AllowedLateness.None)
                .Aggregate("windows", Aggregates.Count<int>()).To("counts", windows);
            using TestJob test = TestJob.Start(builder.Build(), TestJobOptions.FromSeed(seed));
            for (int i = 0; i < count; i++)
            {
                source.Add(i);
                if (random.Next(4) == 0)
                {
                    test.AdvanceTime(TimeSpan.FromMilliseconds(random.Next(1500)));
                }
            }

            source.End();
            test.RunToEnd();

            chunks.Values.SelectMany(chunk => chunk).Should().Equal(Enumerable.Range(0, count));
            chunks.Values.Should().NotContain(chunk => chunk.Count == 0 || chunk.Count > size);
            chunks.Records.Should().NotContain(record => record.Timestamp != Start.AddSeconds(record.Value.Max()));
            windows.Values.Sum(window => window.Value).Should().Be(count);
            test.GetMetrics("windows").Late.Should().Be(0);
        });

    [Test]
    public void Event_time_behind_chunks_waits_for_nothing_but_them()
    {
        var source = new TestSource<int>();
        var windows = new TestSink<WindowResult<int, long>>();
        var builder = new TopologyBuilder("chunks");
        builder.From("source", source)
            .WithEventTime(record => Start.AddSeconds(record), Watermarks.Monotonous())
            .Chunk(2)
            .SelectMany(chunk => chunk)
            .WithEventTime(record => Start.AddSeconds(record), Watermarks.Monotonous())
            .KeyBy(_ => 0)
            .Window(Tumbling.Of(TimeSpan.FromSeconds(10)), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<int>())
            .To("windows", windows);
        using TestJob test = TestJob.Start(builder.Build());

        source.AddRange(1, 2, 3, 14);
        test.Settle();

        windows.TakeNew().Should().ContainSingle().Which.Value.Should().Be(3);
    }

    [Test]
    public void A_full_chunk_is_given_at_once_and_another_one_when_its_first_record_has_waited()
    {
        var source = new TestSource<int>();
        var sink = new TestSink<IReadOnlyList<int>>();
        var builder = new TopologyBuilder("chunks");
        builder.From("source", source).Chunk(3, TimeSpan.FromSeconds(10)).To("sink", sink);
        using TestJob test = TestJob.Start(builder.Build());

        source.AddRange(1, 2, 3, 4);
        test.Settle();
        sink.TakeNew().Should().ContainSingle().Which.Should().Equal(1, 2, 3);
        test.AdvanceTime(TimeSpan.FromSeconds(9));
        source.Add(5);
        test.Settle();
        sink.TakeNew().Should().BeEmpty();
        test.AdvanceTime(TimeSpan.FromSeconds(1));
        sink.TakeNew().Should().ContainSingle().Which.Should().Equal(4, 5);
        source.End();
        test.RunToEnd();
        sink.TakeNew().Should().BeEmpty();
    }

    [TestCase(1)]
    [TestCase(60)]
    public void Others_wait_for_a_chunk_even_if_its_input_falls_idle_meanwhile(int maxDelay)
    {
        var source = new TestSource<int>();
        var other = new TestSource<int>();
        var sink = new TestSink<long>();
        WatermarkStrategy watermarks = Watermarks.Monotonous().WithIdleness(TimeSpan.FromSeconds(10));
        var builder = new TopologyBuilder("chunks");
        builder.From("source", source)
            .WithEventTime(record => Start.AddSeconds(record), watermarks)
            .Chunk(3, TimeSpan.FromSeconds(maxDelay))
            .SelectMany(chunk => chunk)
            .Union(builder.From("other", other).WithEventTime(record => Start.AddSeconds(record), watermarks))
            .KeyBy(_ => 0)
            .Window(Tumbling.Of(TimeSpan.FromSeconds(5)), AllowedLateness.None)
            .Aggregate("windows", Aggregates.Count<int>())
            .Select(window => window.Value)
            .To("sink", sink);
        using TestJob test = TestJob.Start(builder.Build());

        source.AddRange(1, 2);
        test.AdvanceTime(TimeSpan.FromSeconds(20));
        other.AddRange(3, 50);
        test.Settle();
        sink.Values.Should().HaveCount(maxDelay < 20 ? 1 : 0);
        test.AdvanceTime(TimeSpan.FromSeconds(60));
        sink.Values.Should().Equal([3], "an idle input is left out once its records have been given");
        source.End();
        other.End();
        test.RunToEnd();

        sink.Values.Should().Equal(3, 1);
        test.GetMetrics("windows").Late.Should().Be(0);
    }

    [TestCase(StopMode.KeepWindowsOpen)]
    [TestCase(StopMode.CloseWindows)]
    public void What_waits_when_the_job_is_stopped_is_given(StopMode mode)
    {
        var source = new TestSource<int>();
        var sink = new TestSink<IReadOnlyList<int>>();
        var builder = new TopologyBuilder("chunks");
        builder.From("source", source).WithEventTime(Watermarks.Monotonous()).Chunk(3).To("sink", sink);
        using TestJob test = TestJob.Start(builder.Build());
        source.AddRange(1, 2);
        test.Settle();

        test.Stop(mode);
        test.RunToEnd();

        sink.Values.Should().ContainSingle().Which.Should().Equal(1, 2);
    }

    [Test]
    public void Sizes_and_times_out_of_range_are_refused()
    {
        DataStream<int> stream = new TopologyBuilder("chunks").From("source", [1]);

        foreach (Action chunk in (Action[])[() => stream.Chunk(0), () => stream.Chunk(1, TimeSpan.Zero)])
        {
            chunk.Should().Throw<ArgumentOutOfRangeException>();
        }
    }
}
