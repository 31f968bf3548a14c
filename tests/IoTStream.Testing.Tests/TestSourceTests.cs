using System.Text;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Testing.Tests;

[Parallelizable(ParallelScope.All)]
public class TestSourceTests
{
    [Test]
    public void Records_carry_the_timestamps_headers_and_partitions_that_they_were_given()
    {
        var source = new TestSource<string>(partitions: 2);
        var sink = new TestSink<string>();
        using TestJob test = TestJob.Start(Copy(source, sink));
        DateTimeOffset now = test.Clock.GetUtcNow();

        source.Add("plain");
        source[0].AddWith(new RecordHeaders(new RecordHeader("unit", "km/h")), "with headers");
        source[0].AddAt(DateTimeOffset.UnixEpoch, "timed");
        source[0].AddRange(["one", "two"]);
        source[1].Add("elsewhere");
        test.Settle();

        TestRecord<string>[] records = [.. sink.Records.OrderBy(record => record.Context.Partition.Index)];
        records.Select(record => record.Value).Should().Equal("plain", "with headers", "timed", "one", "two", "elsewhere");
        records.Select(record => record.Timestamp).Should().Equal(now, now, DateTimeOffset.UnixEpoch, now, now, now);
        records[1].Context.Headers.Text("unit").Should().Be("km/h");
        records[5].Context.Partition.Index.Should().Be(1);
        source.Partitions.Select(partition => partition.Acknowledged).Should().Equal(5, 1);
    }

    [Test]
    public void Payloads_that_do_not_decode_go_to_the_dead_letters()
    {
        var source = new TestSource<string>();
        var sink = new TestSink<string>();
        var letters = new TestSink<DeadLetter>();
        var builder = new TopologyBuilder("copy");
        builder.From("source", source).To("sink", sink);
        builder.DeadLetters.To("letters", letters);
        using TestJob test = TestJob.Start(builder.Build());

        source.Add("good");
        source[0].AddUndecodable(Encoding.UTF8.GetBytes("bad"), new FormatException("no comma"));
        source.End();
        test.RunToEnd();

        sink.Values.Should().Equal("good");
        letters.Values.Should().ContainSingle().Which.Reason.Message.Should().Be("no comma");
    }

    [Test]
    public void A_partition_fails_after_what_was_added_before()
    {
        var source = new TestSource<string>();
        var sink = new TestSink<string>();
        using TestJob test = TestJob.Start(Copy(source, sink));
        source.AddRange("one", "two");
        source[0].Fail(new IOException("cable cut"));

        Action settle = test.Settle;

        settle.Should().Throw<TestJobException>().Which.Failure.Should().Match<JobFailedException>(
            failure => failure.Step == "source" && failure.InnerException is IOException);
        sink.Values.Should().Equal("one", "two");
    }

    [Test]
    public void A_source_that_fails_to_open_fails_the_start()
    {
        var source = new TestSource<string>();
        source.FailToOpen(new IOException("no route"));
        Action start = () => TestJob.Start(Copy(source, new TestSink<string>()));

        start.Should().Throw<JobFailedException>().WithInnerException<IOException>();
        start.Should().NotThrow("only one opening was to fail");
    }

    [Test]
    public void Every_job_reads_it_from_the_beginning()
    {
        var source = new TestSource<string>(partitions: 3, readers: 2);
        var sink = new TestSink<string>();
        source[0].AddRange("a", "b");
        source[2].Add("c");
        using TestJob first = TestJob.Start(Copy(source, sink));
        first.Settle();
        source[1].Add("d");
        source.End();

        using TestJob second = TestJob.Start(Copy(source, sink), new TestJobOptions { Lanes = 2 });
        first.RunToEnd();
        second.RunToEnd();

        sink.Values.Should().BeEquivalentTo("a", "a", "b", "b", "c", "c", "d", "d");
        Action add = () => source.Add("e");
        add.Should().Throw<InvalidOperationException>().WithMessage("*has ended*");
    }

    [Test]
    public async Task It_serves_jobs_with_threads_too()
    {
        var source = new TestSource<int>(partitions: 2);
        var sink = new TestSink<int>();
        await using Job job = await Copy(source, sink).StartAsync(new JobOptions { Lanes = 2 });

        for (int i = 0; i < 100; i++)
        {
            source[i % 2].Add(i);
        }

        source.End();
        await job.Completion.WaitAsync(TimeSpan.FromSeconds(20));

        sink.Values.Should().BeEquivalentTo(Enumerable.Range(0, 100));
    }

    [Test]
    public void It_needs_a_partition_and_a_reader()
    {
        Action noPartition = () => _ = new TestSource<int>(partitions: 0);
        Action moreReaders = () => _ = new TestSource<int>(partitions: 2, readers: 3);

        noPartition.Should().Throw<ArgumentOutOfRangeException>();
        moreReaders.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static Topology Copy<T>(TestSource<T> source, TestSink<T> sink)
    {
        var builder = new TopologyBuilder("copy");
        builder.From("source", source).To("sink", sink);
        return builder.Build();
    }
}
