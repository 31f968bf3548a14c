using System.Text;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Disk;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Log;

[Parallelizable(ParallelScope.All)]
public class DurableQueueTests
{
    private static readonly ICodec<int> Codec = Json.Of<int>();

    [Test]
    public async Task What_is_written_is_read_back_with_timestamps_headers_and_keys()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue"));
        await WriteAsync(queue, "numbers", Enumerable.Range(0, 5000), number => BitConverter.GetBytes(number));

        List<(int Value, DateTimeOffset Timestamp, RecordHeaders Headers)> read = [];
        var builder = new TopologyBuilder("read");
        builder.From("numbers", queue.Read("numbers", Codec, end: QueueEnd.Latest)).ForEach("list", (value, context) => read.Add((value, context.Timestamp, context.Headers)));
        await builder.Build().RunAsync();

        read.Select(record => record.Value).Should().Equal(Enumerable.Range(0, 5000));
        read.Select(record => BitConverter.ToInt32(record.Headers.Single(header => header.Name == "key").Value.ToArray(), 0)).Should().Equal(Enumerable.Range(0, 5000));
        read.Should().OnlyContain(record => record.Timestamp == DateTimeOffset.UnixEpoch.AddSeconds(record.Value));
    }

    [Test]
    public async Task A_source_begins_where_it_is_told()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue")) with { SegmentSize = 4096, BufferSize = 400 };
        await WriteAsync(queue, "numbers", Enumerable.Range(0, 1000));
        DateTimeOffset between = DateTimeOffset.UtcNow;
        await WriteAsync(queue, "numbers", Enumerable.Range(1000, 1000));

        (await ReadAsync(queue, QueueStart.Earliest)).Should().Equal(Enumerable.Range(0, 2000));
        (await ReadAsync(queue, QueueStart.At(0))).Should().Equal(Enumerable.Range(0, 2000));
        (await ReadAsync(queue, QueueStart.At(1234))).Should().Equal(Enumerable.Range(1234, 766));
        (await ReadAsync(queue, QueueStart.At(5000))).Should().BeEmpty();
        (await ReadAsync(queue, QueueStart.WrittenSince(between))).Should().Equal(Enumerable.Range(1000, 1000));
        (await ReadAsync(queue, QueueStart.WrittenSince(DateTimeOffset.MaxValue))).Should().BeEmpty();
        (await ReadAsync(queue, QueueStart.Latest)).Should().BeEmpty();
        (await ReadAsync(DurableQueue.At(folder.File("none")), QueueStart.Earliest)).Should().BeEmpty();
    }

    [Test]
    public async Task A_consumer_goes_on_where_its_last_job_ended()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue"));
        await WriteAsync(queue, "numbers", Enumerable.Range(0, 1000));

        (await ReadAsync(queue, QueueStart.Consumer("a"))).Should().Equal(Enumerable.Range(0, 1000));
        await WriteAsync(queue, "numbers", Enumerable.Range(1000, 10));

        (await ReadAsync(queue, QueueStart.Consumer("a"))).Should().Equal(Enumerable.Range(1000, 10));
        (await ReadAsync(queue, QueueStart.Consumer("a"))).Should().BeEmpty();
        (await ReadAsync(queue, QueueStart.Consumer("b", QueueStart.At(1005)))).Should().Equal(Enumerable.Range(1005, 5));
        (await ReadAsync(queue, QueueStart.Consumer("b", QueueStart.At(0)))).Should().BeEmpty();
    }

    [Test]
    public async Task A_consumer_misses_nothing_that_is_written_between_its_jobs()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue"));
        QueueStart latest = QueueStart.Consumer("a", QueueStart.Latest);
        QueueStart ahead = QueueStart.Consumer("b", QueueStart.At(12));
        await WriteAsync(queue, "numbers", Enumerable.Range(0, 10));

        (await ReadAsync(queue, latest)).Should().BeEmpty();
        (await ReadAsync(queue, ahead)).Should().BeEmpty();
        await WriteAsync(queue, "numbers", Enumerable.Range(10, 5));

        (await ReadAsync(queue, latest)).Should().Equal(Enumerable.Range(10, 5));
        (await ReadAsync(queue, ahead)).Should().Equal(Enumerable.Range(12, 3));
    }

    [Test]
    public async Task A_consumer_that_is_ahead_of_its_topic_is_refused()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue"));
        await WriteAsync(queue, "numbers", [1]);
        new ConsumerPosition(new DiskDirectory(queue.PathOf("numbers")), "a").Write(7);

        Func<Task> read = () => ReadAsync(queue, QueueStart.Consumer("a"));

        (await read.Should().ThrowAsync<JobFailedException>()).Which.InnerException!.Message.Should().Contain("the topic was replaced by another");
    }

    [Test]
    public async Task Records_written_by_the_same_process_are_heard_of_at_once()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue")) with { PollInterval = TimeSpan.FromHours(1) };
        TopicWriter writer = TopicWriters.Acquire(queue.PathOf("numbers"), queue, TimeProvider.System);
        var read = new CollectedNumbers();
        var builder = new TopologyBuilder("read");
        builder.From("numbers", queue.Read("numbers", Codec)).ForEach("list", read.Add);
        await using Job job = await builder.Build().StartAsync();
        for (int i = 0; i < 20; i++)
        {
            Append(writer, i);
            await Within.Until(() => read.Count == i + 1);
        }

        await Within.Time(job.StopAsync());
        TopicWriters.Release(queue.PathOf("numbers"));
        read.All.Should().Equal(Enumerable.Range(0, 20));
    }

    [Test]
    public async Task Records_written_by_another_process_are_found()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue")) with { PollInterval = TimeSpan.FromMilliseconds(1), SegmentSize = 4096 };
        var read = new CollectedNumbers();
        var builder = new TopologyBuilder("read");
        builder.From("numbers", queue.Read("numbers", Codec)).ForEach("list", read.Add);
        await using Job job = await builder.Build().StartAsync();

        // Not by way of what the process shares, as another process would.
        using (TopicWriter writer = TopicWriter.Open(DiskDirectory.Ensure(queue.PathOf("numbers")), queue, TimeProvider.System))
        {
            for (int i = 0; i < 500; i++)
            {
                Append(writer, i);
            }
        }

        await Within.Until(() => read.Count == 500);
        await Within.Time(job.StopAsync());
        read.All.Should().Equal(Enumerable.Range(0, 500));
    }

    [Test]
    public async Task Sinks_and_jobs_of_a_process_share_a_topic()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue")) with { BufferSize = 1000 };

        await Task.WhenAll(Enumerable.Range(0, 4).Select(job => Task.Run(() => WriteAsync(queue, "numbers", Enumerable.Range(job * 1000, 1000)))));

        IReadOnlyList<int> read = await ReadAsync(queue, QueueStart.Earliest);
        read.Order().Should().Equal(Enumerable.Range(0, 4000));
        for (int job = 0; job < 4; job++)
        {
            read.Where(number => number / 1000 == job).Should().BeInAscendingOrder();
        }
    }

    [Test]
    public async Task A_topic_that_another_process_writes_is_refused()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue"));
        using IDisposable? held = DiskDirectory.Ensure(queue.PathOf("numbers")).TryLock(out _);

        Func<Task> write = () => WriteAsync(queue, "numbers", [1]);

        (await write.Should().ThrowAsync<JobFailedException>()).Which.InnerException.Should().BeOfType<LogInUseException>();
    }

    [Test]
    public async Task Old_files_are_deleted_when_a_topic_is_too_long()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue")) with { SegmentSize = 4096, BufferSize = 1000, MaxBytes = 20_000 };
        await WriteAsync(queue, "numbers", Enumerable.Range(0, 5000));

        IReadOnlyList<int> read = await ReadAsync(queue, QueueStart.Earliest);

        read[^1].Should().Be(4999);
        read.Should().Equal(Enumerable.Range(read[0], 5000 - read[0]));
        Directory.GetFiles(queue.PathOf("numbers"), "*.log").Sum(file => new FileInfo(file).Length).Should().BeInRange(15_000, 25_000);
        Func<Task> early = () => ReadAsync(queue, QueueStart.At(0));
        (await early.Should().ThrowAsync<JobFailedException>()).Which.InnerException.Should().BeOfType<LogPositionLostException>().Which.Start.Should().Be(read[0]);
    }

    [Test]
    public async Task Old_files_are_deleted_when_their_time_has_come()
    {
        using var folder = new TemporaryDirectory();
        var clock = new FakeClock();
        DurableQueue queue = DurableQueue.At(folder.File("queue")) with { SegmentSize = 4096, MaxAge = TimeSpan.FromHours(1) };
        using (TopicWriter writer = TopicWriter.Open(DiskDirectory.Ensure(queue.PathOf("numbers")), queue, clock))
        {
            for (int i = 0; i < 300; i++)
            {
                Append(writer, i);
                clock.Advance(TimeSpan.FromMinutes(1));
            }
        }

        IReadOnlyList<int> read = await ReadAsync(queue, QueueStart.Earliest);

        read[^1].Should().Be(299);
        read[0].Should().BeInRange(100, 240, "an hour is kept, and the rest of its oldest file");
    }

    [Test]
    public void An_epoch_is_applied_once()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue"));
        DiskDirectory directory = DiskDirectory.Ensure(queue.PathOf("numbers"));
        using (TopicWriter writer = TopicWriter.Open(directory, queue, TimeProvider.System))
        {
            writer.Append(Batch(1), "job/sink", epoch: 7).Should().BeTrue();
            writer.Append(Batch(1), "job/sink", epoch: 7).Should().BeFalse();
            Append(writer, 2);
        }

        using TopicWriter again = TopicWriter.Open(directory, queue, TimeProvider.System);
        again.LastEpochOf("job/sink").Should().Be(7);
        again.LastEpochOf("other").Should().Be(0);
        again.Append(Batch(1), "job/sink", epoch: 6).Should().BeFalse();
        again.NextOffset.Should().Be(2);
    }

    [Test]
    public async Task A_record_that_does_not_decode_becomes_a_dead_letter()
    {
        using var folder = new TemporaryDirectory();
        DurableQueue queue = DurableQueue.At(folder.File("queue"));
        using (TopicWriter writer = TopicWriter.Open(DiskDirectory.Ensure(queue.PathOf("numbers")), queue, TimeProvider.System))
        {
            var batch = new QueueBatchBuilder();
            batch.Add(0, [], hasKey: false, RecordHeaders.Empty, "1"u8);
            batch.Add(0, [], hasKey: false, RecordHeaders.Empty, "x"u8);
            batch.Add(0, [], hasKey: false, RecordHeaders.Empty, "3"u8);
            writer.Append(batch);
        }

        List<int> read = [];
        List<string> dead = [];
        var builder = new TopologyBuilder("read");
        builder.From("numbers", queue.Read("numbers", Codec, QueueStart.Consumer("c"), QueueEnd.Latest)).ForEach("list", read.Add);
        builder.DeadLetters.ForEach("dead", letter => dead.Add(Encoding.UTF8.GetString(letter.Payload.Span)));
        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });

        read.Should().Equal(1, 3);
        dead.Should().Equal("x");
        new ConsumerPosition(new DiskDirectory(queue.PathOf("numbers")), "c").Read().Should().Be(3);
    }

    [Test]
    public void Bad_names_and_options_are_refused()
    {
        DurableQueue queue = DurableQueue.At("queue");
        ((Action)(() => queue.Read("../x", Codec))).Should().Throw<ArgumentException>().WithMessage("*no name of a topic*");
        ((Action)(() => queue.Write("", Codec))).Should().Throw<ArgumentException>();
        ((Action)(() => QueueStart.Consumer(".a"))).Should().Throw<ArgumentException>().WithMessage("*no name of a consumer*");
        ((Action)(() => QueueStart.Consumer("a", QueueStart.Consumer("b")))).Should().Throw<ArgumentException>();
        ((Action)(() => QueueStart.At(-1))).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => _ = queue with { SegmentSize = 1 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*DurableQueue.SegmentSize is 1*");
        ((Action)(() => _ = queue with { MaxBytes = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => _ = queue with { MaxAge = TimeSpan.Zero })).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => _ = queue with { BufferSize = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => _ = queue with { PollInterval = TimeSpan.Zero })).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => _ = queue with { PositionInterval = TimeSpan.Zero })).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static async Task WriteAsync(DurableQueue queue, string topic, IEnumerable<int> numbers, Func<int, ReadOnlyMemory<byte>>? key = null)
    {
        var builder = new TopologyBuilder("write");
        builder.From("numbers", numbers)
            .WithEventTime(number => DateTimeOffset.UnixEpoch.AddSeconds(number), Time.Watermarks.Monotonous())
            .To("topic", queue.Write(topic, Codec, key));
        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });
    }

    private static async Task<IReadOnlyList<int>> ReadAsync(DurableQueue queue, QueueStart start)
    {
        List<int> read = [];
        var builder = new TopologyBuilder("read");
        builder.From("numbers", queue.Read("numbers", Codec, start, QueueEnd.Latest)).ForEach("list", read.Add);
        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });
        return read;
    }

    private static void Append(TopicWriter writer, int number) => writer.Append(Batch(number));

    private static QueueBatchBuilder Batch(int number)
    {
        var batch = new QueueBatchBuilder();
        batch.Add(DateTimeOffset.UnixEpoch.Ticks, [], hasKey: false, RecordHeaders.Empty, Encoding.UTF8.GetBytes($"{number}"));
        return batch;
    }

    private sealed class CollectedNumbers
    {
        private readonly List<int> _numbers = [];

        public int Count
        {
            get
            {
                lock (_numbers)
                {
                    return _numbers.Count;
                }
            }
        }

        public IReadOnlyList<int> All => _numbers;

        public void Add(int number)
        {
            lock (_numbers)
            {
                _numbers.Add(number);
            }
        }
    }
}
