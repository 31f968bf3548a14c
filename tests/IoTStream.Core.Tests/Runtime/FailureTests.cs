using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Runtime;

/// <summary>Whatever fails, the job ends with the step and the cause, and everything that was opened is closed.</summary>
[Parallelizable(ParallelScope.All)]
public class FailureTests
{
    private static readonly string[] Places =
    [
        "source open", "source read", "source dispose", "source acknowledge", "source drain",
        "timestamp", "selector", "predicate", "many", "enumeration", "split", "key", "create", "add", "result", "each",
        "sink open", "sink write", "sink flush", "sink complete", "sink dispose",
    ];

    private static int _jobs;

    [Test]
    public async Task A_failure_names_the_step_and_keeps_the_cause_and_leaves_nothing_open(
        [ValueSource(nameof(Places))] string place, [Values(1, 4)] int lanes, [Values] bool async)
    {
        var pipeline = new Pipeline(place, async);
        string topology = $"f{Interlocked.Increment(ref _jobs)}";

        Func<Task> run = async () =>
        {
            await using Job job = await pipeline.Build(topology).StartAsync(new JobOptions { Lanes = lanes, BatchSize = 4 });
            if (place == "source drain")
            {
                await Within.Time(job.StopAsync());
            }

            await Within.Time(job.Completion);
        };
        JobFailedException failure = (await run.Should().ThrowAsync<JobFailedException>()).Which;

        failure.Step.Should().Be(Pipeline.StepOf(place));
        failure.InnerException.Should().BeSameAs(pipeline.Failure);
        failure.Topology.Should().Be(topology);
        failure.Message.Should().Contain(Pipeline.StepOf(place)).And.Contain("it broke");
        pipeline.Open.Should().Be(0, "what was opened is closed");
        await Within.Until(() => !ThreadNames().Any(name => name.Contains($"{topology} ", StringComparison.Ordinal)));
    }

    [Test]
    public async Task A_writer_that_gives_up_although_nobody_cancelled_fails_the_job()
    {
        var sink = new CollectingSink<int> { On = call => call == "write" ? throw new OperationCanceledException() : default };
        var builder = new TopologyBuilder("t");
        builder.From("s", new ArraySource<int>(1)).To("sink", sink);

        JobFailedException failure = await builder.Build().FailAsync(new JobOptions { Lanes = 1 });

        failure.InnerException.Should().BeOfType<OperationCanceledException>("nobody had cancelled the job");
    }

    [TestCase("source")]
    [TestCase("sink")]
    public async Task What_does_not_close_in_time_is_given_up_and_named(string step)
    {
        var clock = new FakeClock();
        var never = new TaskCompletionSource();
        var source = new ScriptedSource<int>(1, (_, _, _) => ReadStatus.Ended) { Disposing = _ => step == "source" ? new(never.Task) : default };
        var sink = new CollectingSink<int> { On = call => call == "dispose" && step == "sink" ? new(never.Task) : default };
        var builder = new TopologyBuilder("t");
        builder.From("source", source).To("sink", sink);

        Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1, TimeProvider = clock, CloseTimeout = TimeSpan.FromMinutes(5) });
        await Within.Until(() => clock.Armed > 0);
        clock.Advance(TimeSpan.FromMinutes(5));
        Func<Task> completion = () => Within.Time(job.Completion);

        JobFailedException failure = (await completion.Should().ThrowAsync<JobFailedException>()).Which;
        failure.Step.Should().Be(step);
        failure.InnerException.Should().BeOfType<TimeoutException>().Which.Message.Should().Contain("00:05:00");
        (source.Disposed, sink.Disposed).Should().Be((1, 1), "one that hangs does not keep the other open");
    }

    [Test]
    public async Task A_time_out_of_the_writers_own_is_reported_as_it_is()
    {
        var own = new TimeoutException("the broker did not answer");
        var sink = new CollectingSink<int> { On = call => call == "dispose" ? throw own : default };
        var builder = new TopologyBuilder("t");
        builder.From("source", new ArraySource<int>(1)).To("sink", sink);

        JobFailedException failure = await builder.Build().FailAsync(new JobOptions { Lanes = 1 });

        failure.InnerException.Should().BeSameAs(own);
    }

    [Test]
    public async Task A_source_without_partitions_is_refused_by_name()
    {
        var builder = new TopologyBuilder("t");
        builder.From("bare", new Bare()).ForEach("end", _ => { });

        JobFailedException failure = await builder.Build().FailAsync();

        failure.Step.Should().Be("bare");
        failure.Message.Should().Contain("partition");
    }

    private static IEnumerable<string> ThreadNames()
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        // The system keeps the first fifteen characters of a thread's name.
        return Directory.GetDirectories("/proc/self/task").Select(task =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(task, "comm"));
            }
            catch (IOException)
            {
                return "";
            }
        });
    }

    private sealed class Bare : ISource<int>, ISourceReader<int>
    {
        public IReadOnlyList<SourcePartition> Partitions => [];

        public ValueTask<IReadOnlyList<ISourceReader<int>>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => new([this]);

        public ReadStatus Read(SourceBatch<int> batch) => ReadStatus.Ended;

        public ValueTask DisposeAsync() => default;
    }

    /// <summary>A pipeline with a step of every kind, one of which breaks.</summary>
    private sealed class Pipeline(string place, bool async)
    {
        private int _open;

        public InvalidOperationException Failure { get; } = new("it broke");

        public int Open => Volatile.Read(ref _open);

        public static string StepOf(string place) => place switch
        {
            _ when place.StartsWith("source", StringComparison.Ordinal) => "source",
            _ when place.StartsWith("sink", StringComparison.Ordinal) => "sink",
            "enumeration" => "many",
            "key" or "create" or "add" or "result" => "window",
            _ => place,
        };

        public Topology Build(string name)
        {
            var builder = new TopologyBuilder(name);
            DataStream<int> stream = builder.From("other", new Source(this, breaks: false))
                .Union(builder.From("source", new Source(this, breaks: true)))
                .WithEventTime(value => new DateTimeOffset(1000 + Break("timestamp", value), TimeSpan.Zero), Watermarks.Monotonous(), name: "timestamp")
                .Select(value => Break("selector", value), name: "selector")
                .Where(value => Break("predicate", value) >= 0, name: "predicate")
                .SelectMany(value => Expand(Break("many", value)), name: "many");
            (DataStream<int> matching, DataStream<int> others) = stream.Split(value => Break("split", value) < 50, name: "split");
            matching.KeyBy(value => Break("key", value))
                .Window(Tumbling.Of(TimeSpan.FromTicks(10)), AllowedLateness.None)
                .Aggregate(
                    "window",
                    () => Break("create", 0),
                    (int sum, int value) => Break("add", sum + value),
                    sum => Break("result", sum))
                .Select(result => result.Value)
                .To("sink", new Sink(this, breaks: true));
            others.To("other sink", new Sink(this, breaks: false));
            stream.ForEach("each", value => Break("each", value));
            return builder.Build();
        }

        private int Break(string where, int value) => where == place && value % 7 == 0 ? throw Failure : value;

        private IEnumerable<int> Expand(int value)
        {
            yield return value;
            yield return Break("enumeration", value);
        }

        private async ValueTask BreakAsync(string where, bool breaks)
        {
            if (breaks && where == place)
            {
                if (async)
                {
                    await Task.Yield();
                }

                throw Failure;
            }
        }

        private sealed class Source(Pipeline pipeline, bool breaks) : ISource<int>
        {
            public async ValueTask<IReadOnlyList<ISourceReader<int>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
            {
                await pipeline.BreakAsync("source open", breaks);
                Interlocked.Add(ref pipeline._open, 2);
                return [new Reader(pipeline, breaks, context.Step, 0), new Reader(pipeline, breaks, context.Step, 1)];
            }
        }

        private sealed class Reader(Pipeline pipeline, bool breaks, string step, int index) : ISourceReader<int>, IDrainable, IAcknowledging
        {
            private int _next;

            public IReadOnlyList<SourcePartition> Partitions { get; } = [new SourcePartition(step, index, $"{index}")];

            public ReadStatus Read(SourceBatch<int> batch)
            {
                pipeline.BreakAsync("source read", breaks && _next >= 50).AsTask().GetAwaiter().GetResult();
                while (batch.Free > 0 && _next < 100)
                {
                    batch.Add(_next++);
                }

                bool waits = pipeline.IsAt("source drain");
                return _next < 100 ? ReadStatus.More : waits ? ReadStatus.Drained : ReadStatus.Ended;
            }

            public void BeginDrain() => pipeline.BreakAsync("source drain", breaks).AsTask().GetAwaiter().GetResult();

            public void Acknowledge(long count) => pipeline.BreakAsync("source acknowledge", breaks).AsTask().GetAwaiter().GetResult();

            public async ValueTask DisposeAsync()
            {
                Interlocked.Decrement(ref pipeline._open);
                await pipeline.BreakAsync("source dispose", breaks && index == 0);
            }
        }

        private bool IsAt(string where) => where == place;

        private sealed class Sink(Pipeline pipeline, bool breaks) : ISink<int>, ISinkWriter<int>
        {
            public async ValueTask<ISinkWriter<int>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
            {
                await pipeline.BreakAsync("sink open", breaks);
                Interlocked.Increment(ref pipeline._open);
                return this;
            }

            public ValueTask WriteAsync(SinkBatch<int> batch, CancellationToken cancellationToken) => pipeline.BreakAsync("sink write", breaks);

            public ValueTask FlushAsync(CancellationToken cancellationToken) => pipeline.BreakAsync("sink flush", breaks);

            public ValueTask CompleteAsync(CancellationToken cancellationToken) => pipeline.BreakAsync("sink complete", breaks);

            public async ValueTask DisposeAsync()
            {
                Interlocked.Decrement(ref pipeline._open);
                await pipeline.BreakAsync("sink dispose", breaks);
            }
        }
    }
}
