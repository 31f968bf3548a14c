using System.Collections.Concurrent;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Durability;

/// <summary>A record that fails its step each time does not fail the job for ever.</summary>
[Parallelizable(ParallelScope.All)]
public class PoisonRecordTests
{
    private const int Records = 400;

    /// <summary>Records that fail whenever they are tried.</summary>
    private static readonly int[] Poison = [40, 41, 399, 200];

    [Test]
    public async Task A_record_that_fails_each_time_becomes_a_dead_letter_after_so_many_tries([Values(1, 2, 3)] int lanes, [Values(1, 3)] int tries)
    {
        var run = new Trial { Lanes = lanes, Restart = Restart with { MaxTries = tries, MaxRestarts = 20 } };
        await run.CompleteAsync(stream => stream.Select(run.Fail, name: "fails"));
        run.Applied.Order().Should().Equal(Expected);
        run.PutAside.Order().Should().Equal(Poison.Order());
        run.Letters.Should().OnlyContain(static letter => letter.Step == "fails" && letter.Reason is InvalidOperationException);
        Poison.Should().OnlyContain(value => run.Tries[value] >= tries);
        run.Restarts.Should().Be((tries - 1) * Poison.Length);
    }

    [Test]
    public async Task Records_that_were_put_aside_do_not_use_up_the_restarts()
    {
        var run = new Trial { Restart = Restart with { MaxTries = 3, MaxRestarts = 2 } };
        await run.CompleteAsync(stream => stream.Select(run.Fail, name: "fails"));
        run.Applied.Order().Should().Equal(Expected);
        run.Restarts.Should().Be(8);
    }

    [Test]
    public async Task It_is_so_for_all_kinds_of_steps(
        [Values("where", "where and select", "many", "split", "event time", "async", "process", "deduplicate", "window", "encode")] string step, [Values(1, 2)] int lanes)
    {
        var run = new Trial { Lanes = lanes, Restart = Restart with { MaxTries = 2, MaxRestarts = 20 } };
        if (step == "encode")
        {
            run.Sink.OnEncode = value => run.Fail(value);
        }

        await run.CompleteAsync(stream => step switch
        {
            "where" => stream.Where(value => run.Fail(value) >= 0),
            "where and select" => stream.Where(value => run.Fail(value) >= 0).Select(static value => value),
            "many" => stream.SelectMany<int>(value => [run.Fail(value)]),
            "split" => stream.Split(value => run.Fail(value) >= 0).Matching,
            "event time" => stream.WithEventTime(value => Stamp(run.Fail(value)), Watermarks.Monotonous()),
            "async" => stream.SelectAsync((value, _) => ValueTask.FromResult(run.Fail(value))),
            "process" => stream.KeyBy(static value => value % 5).Process<int, int>(
                "fails", static () => 0, (ref int seen, int value, KeyedProcessContext<int, int> context) => context.Emit(run.Fail(value))),
            "deduplicate" => stream.WithEventTime(Stamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(60)))
                .KeyBy(static value => value % 5).Deduplicate("fails", run.Fail, TimeSpan.FromSeconds(1))
                .Process<int, int>("all", static () => 0, static (ref int _, int value, KeyedProcessContext<int, int> context) => context.Emit(value)),
            "window" => stream.WithEventTime(Stamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(60)))
                .KeyBy(static value => value % 5)
                .Window(Tumbling.Of(TimeSpan.FromSeconds(1)), AllowedLateness.None)
                .Aggregate("fails", Aggregates.Collect<int, int>(run.Fail))
                .SelectMany<int>(static result => result.Value),
            _ => stream,
        });
        run.Applied.Order().Should().Equal(Expected);
        run.PutAside.Order().Should().Equal(Poison.Order());
    }

    [Test]
    public async Task Without_anybody_who_takes_dead_letters_the_job_fails_in_the_end()
    {
        var run = new Trial { Restart = Restart with { MaxTries = 1, MaxRestarts = 3 }, TakesLetters = false };
        await FluentActions.Awaiting(() => run.CompleteAsync(stream => stream.Select(run.Fail))).Should().ThrowAsync<JobFailedException>();
        run.Restarts.Should().Be(3);
        run.Applied.Should().NotContain(Poison);
    }

    [Test]
    public async Task Without_a_limit_the_job_fails_in_the_end()
    {
        var run = new Trial { Restart = Restart with { MaxTries = null, MaxRestarts = 3 } };
        await FluentActions.Awaiting(() => run.CompleteAsync(stream => stream.Select(run.Fail))).Should().ThrowAsync<JobFailedException>();
        run.Letters.Should().BeEmpty();
    }

    [Test]
    public async Task A_sink_that_fails_each_time_fails_the_job_for_good_though_records_are_put_aside_in_each_life()
    {
        var run = new Trial { Restart = Restart with { MaxTries = 1, MaxRestarts = 3 } };
        run.Sink.On = static _ => throw new IOException("No route to host.");
        await FluentActions.Awaiting(() => run.CompleteAsync(stream => stream.Select(run.Fail))).Should().ThrowAsync<JobFailedException>();
        run.Applied.Should().BeEmpty();
    }

    [Test]
    public async Task Records_that_fail_now_and_then_are_not_put_aside()
    {
        var run = new Trial { Restart = Restart with { MaxTries = 2, MaxRestarts = 1000 } };
        await run.CompleteAsync(stream => stream.Select(value => value % 10 == 0 && run.Count(value) == 1 ? throw new IOException("Now and then.") : value));
        run.Letters.Should().BeEmpty();
        run.Applied.Should().Equal(Enumerable.Range(0, Records));
        run.Restarts.Should().Be(Records / 10);
    }

    private static readonly RestartPolicy Restart = new() { FirstDelay = TimeSpan.Zero };

    private static IEnumerable<int> Expected => Enumerable.Range(0, Records).Except(Poison);

    private static DateTimeOffset Stamp(int value) => DateTimeOffset.UnixEpoch.AddMilliseconds(100 * value);

    private sealed class Trial
    {
        private readonly ConcurrentQueue<DeadLetter> _letters = new();
        private readonly MemoryOutboxSink _putAside = new();

        public int Lanes { get; init; } = 1;

        public required RestartPolicy Restart { get; init; }

        public bool TakesLetters { get; init; } = true;

        public MemoryOutboxSink Sink { get; } = new();

        public ConcurrentDictionary<int, int> Tries { get; } = new();

        public IReadOnlyCollection<DeadLetter> Letters => _letters;

        public IReadOnlyList<int> Applied => Sink.Applied;

        /// <summary>The records of the dead letters, each once: <see cref="Letters"/> has those of a life that failed, too.</summary>
        public IReadOnlyList<int> PutAside => _putAside.Applied;

        public int Restarts { get; private set; }

        public int Count(int value) => Tries.AddOrUpdate(value, 1, static (_, tries) => tries + 1);

        public int Fail(int value)
        {
            Count(value);
            return Poison.Contains(value) ? throw new InvalidOperationException($"Not {value}.") : value;
        }

        public async Task CompleteAsync(Func<DataStream<int>, DataStream<int>> fails)
        {
            using var directory = new TemporaryDirectory();
            var builder = new TopologyBuilder("poison");
            fails(builder.From("source", new ReplayableSource(Records))).To("sink", Sink);
            if (TakesLetters)
            {
                builder.DeadLetters.ForEach("letters", _letters.Enqueue);
                builder.DeadLetters.Select(static letter => (int)letter.Element!).To("put aside", _putAside);
            }

            await using Job job = await builder.Build().StartAsync(new JobOptions
            {
                Lanes = Lanes,
                BatchSize = 16,
                EpochLog = EpochLog.At(directory.File("log")),
                EpochInterval = TimeSpan.FromMilliseconds(1),
                Restart = Restart,
            });
            try
            {
                await Within.Time(job.Completion);
            }
            finally
            {
                Restarts = job.Restarts;
            }
        }
    }
}
