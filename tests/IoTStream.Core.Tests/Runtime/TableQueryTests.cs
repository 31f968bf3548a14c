using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Core.Tests.Runtime;

/// <summary>Tables that are read while threads drive the lanes, and after that.</summary>
[Parallelizable(ParallelScope.All)]
public class TableQueryTests
{
    private const int Keys = 100;

    [Test]
    public async Task A_table_can_be_read_while_it_changes([Values(1, 2, 4)] int lanes)
    {
        int next = 0;
        var source = new ScriptedSource<int>(1, (batch, _, _) =>
        {
            for (int i = 0; i < 50 && batch.Free > 0; i++)
            {
                batch.Add(next++);
            }

            return ReadStatus.More;
        });
        await using Job job = await Numbers(source, out KeyedTable<int, int> table).StartAsync(new JobOptions { Lanes = lanes, BatchSize = 64 });
        TableView<int, int> view = job.Table(table);

        await Within.Time(Task.WhenAll(Enumerable.Range(0, 4).Select(asker => Task.Run(async () =>
        {
            int[] seen = [.. Enumerable.Repeat(-1, Keys)];
            for (int i = 0; i < 300; i++)
            {
                if (i % 10 == asker)
                {
                    IReadOnlyCollection<TableEntry<int, int>> entries = await view.ScanAsync(entry => entry.Key % 2 == asker % 2);
                    entries.Should().HaveCountLessThanOrEqualTo(Keys / 2).And.OnlyHaveUniqueItems(entry => entry.Key);
                    foreach (TableEntry<int, int> entry in entries)
                    {
                        See(entry);
                    }
                }
                else if (await view.GetAsync((i * 7) % Keys) is { } entry)
                {
                    See(entry);
                }
            }

            void See(TableEntry<int, int> entry)
            {
                (entry.Value % Keys).Should().Be(entry.Key);
                entry.Value.Should().BeGreaterThanOrEqualTo(seen[entry.Key], "time does not run backwards");
                seen[entry.Key] = entry.Value;
            }
        }))));

        await Within.Time(job.StopAsync());
        (await view.ScanAsync()).Select(entry => entry.Value).Should().BeEquivalentTo(Enumerable.Range(next - Keys, Keys), "it has all that was read");
    }

    [Test]
    public async Task A_scan_is_consistent_over_lanes_while_money_moves([Values(1, 2, 4)] int lanes)
    {
        const int Transfers = 40_000;
        long read = 0;
        var bank = new Bank(accounts: 50, seed: lanes);
        var source = new ScriptedSource<Transfer>(1, (batch, _, _) =>
        {
            while (batch.Free > 0 && read < Transfers)
            {
                batch.Add(bank.Next());
                read++;
            }

            return read < Transfers ? ReadStatus.More : ReadStatus.Ended;
        });
        var written = new CollectingSink<int>();
        await using Job job = await bank.Topology(source, written, out KeyedTable<int, Balance> table)
            .StartAsync(new JobOptions { Lanes = lanes, BatchSize = 7, ExchangeCapacity = 2 });

        List<int> sizes = [];
        while (!job.Completion.IsCompleted)
        {
            IReadOnlyCollection<TableEntry<int, Balance>> all = await Within.Time(job.Table(table).ScanAsync().AsTask());
            all.Sum(entry => entry.Value.Amount).Should().Be(0, "what one account lost another has, at each instant");
            sizes.Add(all.Count);
        }

        await Within.Time(job.Completion);
        sizes.Should().BeInAscendingOrder();
        (await job.Table(table).ScanAsync()).Select(entry => (entry.Key, entry.Value.Amount)).Should().BeEquivalentTo(
            bank.Amounts.Select(account => (account.Key, account.Value)));
    }

    [Test]
    public async Task A_lane_that_sleeps_is_woken_to_answer([Values(1, 3)] int lanes)
    {
        var source = new ScriptedSource<int>(1, (batch, _, call) =>
        {
            batch.Add(call);
            return call == 9 ? ReadStatus.Drained : ReadStatus.More;
        });
        await using Job job = await Numbers(source, out KeyedTable<int, int> table).StartAsync(new JobOptions { Lanes = lanes });
        TableView<int, int> view = job.Table(table);
        await Within.Until(() => job.GetMetrics().Of("table").RecordsIn == 10);

        for (int i = 0; i < 200; i++)
        {
            (await Within.Time(view.GetAsync(i % 10).AsTask()))!.Value.Value.Should().Be(i % 10);
            (await Within.Time(view.GetAsync(50).AsTask())).Should().BeNull();
        }

        (await Within.Time(view.ScanAsync().AsTask())).Should().HaveCount(10);
    }

    [Test]
    public async Task More_may_ask_than_can_wait_and_each_may_give_up()
    {
        await using var held = await Held.StartAsync();
        using var cancellation = new CancellationTokenSource();

        Task<TableEntry<int, int>?>[] patient = [.. Enumerable.Range(0, 500).Select(_ => held.View.GetAsync(1).AsTask())];
        Task<TableEntry<int, int>?>[] hasty = [.. Enumerable.Range(0, 500).Select(_ => held.View.GetAsync(1, cancellation.Token).AsTask())];
        Task<IReadOnlyCollection<TableEntry<int, int>>>[] scans =
            [.. Enumerable.Range(0, 20).Select(i => held.View.ScanAsync(cancellationToken: i % 2 == 0 ? cancellation.Token : default).AsTask())];
        await cancellation.CancelAsync();

        foreach (Task task in hasty.Concat<Task>(scans.Where((_, i) => i % 2 == 0)))
        {
            Func<Task> waiting = () => Within.Time(task);
            await waiting.Should().ThrowAsync<OperationCanceledException>();
        }

        patient.Concat<Task>(scans.Where((_, i) => i % 2 == 1)).Should().OnlyContain(task => !task.IsCompleted, "the lane is busy");
        held.Release();
        (await Within.Time(Task.WhenAll(patient))).Should().OnlyContain(entry => entry!.Value.Value == Keys + 1);
        foreach (Task<IReadOnlyCollection<TableEntry<int, int>>> scan in scans.Where((_, i) => i % 2 == 1))
        {
            (await Within.Time(scan)).Should().NotBeEmpty();
        }
    }

    [Test]
    public async Task A_question_that_is_cancelled_before_it_is_asked_is_not_asked()
    {
        await using var held = await Held.StartAsync();

        Func<Task> get = async () => await held.View.GetAsync(1, new CancellationToken(canceled: true));
        Func<Task> scan = async () => await held.View.ScanAsync(cancellationToken: new CancellationToken(canceled: true));

        await get.Should().ThrowAsync<OperationCanceledException>();
        await scan.Should().ThrowAsync<OperationCanceledException>();
        held.Release();
        (await Within.Time(held.View.GetAsync(1).AsTask())).Should().NotBeNull();
    }

    [Test]
    public async Task What_a_predicate_throws_is_its_callers_and_the_job_goes_on([Values(1, 4)] int lanes)
    {
        await using var held = await Held.StartAsync(lanes);
        held.Release();

        Func<Task> scan = async () => await held.View.ScanAsync(_ => throw new InvalidOperationException("no idea"));

        await scan.Should().ThrowAsync<InvalidOperationException>().WithMessage("no idea");
        held.Job.Status.Should().Be(JobStatus.Running);
        (await held.View.ScanAsync(_ => true)).Should().NotBeEmpty();
        Func<Task> none = async () => await held.Texts.GetAsync(null!);
        await none.Should().ThrowAsync<ArgumentNullException>();
    }

    [Test]
    public async Task A_job_that_was_cancelled_has_what_it_had([Values(1, 4)] int lanes)
    {
        await using var held = await Held.StartAsync(lanes);
        Task<TableEntry<int, int>?> waiting = held.View.GetAsync(1).AsTask();

        held.Job.Cancel();
        held.Release();

        (await Within.Time(waiting))!.Value.Value.Should().Be(Keys + 1, "the batch under way was finished");
        Func<Task> completion = () => Within.Time(held.Job.Completion);
        await completion.Should().ThrowAsync<OperationCanceledException>();
        (await held.View.GetAsync(1))!.Value.Value.Should().Be(Keys + 1);
        (await held.View.ScanAsync()).Should().Contain(entry => entry.Key == 1);
    }

    [Test]
    public async Task A_job_that_failed_has_nothing_to_tell([Values(1, 4)] int lanes)
    {
        await using var held = await Held.StartAsync(lanes);
        Func<Task>[] waiting = [.. Enumerable.Range(0, 200).Select(i => i % 10 == 0 ? (Task)held.View.ScanAsync().AsTask() : held.View.GetAsync(1).AsTask())
            .Select(task => (Func<Task>)(() => Within.Time(task)))];

        held.Fail();

        foreach (Func<Task> task in waiting)
        {
            await task.Should().ThrowAsync<JobFailedException>();
        }

        await held.Job.Awaiting(job => Within.Time(job.Completion)).Should().ThrowAsync<JobFailedException>();
        Func<Task> later = async () => await held.View.ScanAsync();
        (await later.Should().ThrowAsync<JobFailedException>()).Which.InnerException!.Message.Should().Be("failed on purpose");
    }

    [Test]
    public async Task A_job_that_was_disposed_is_not_to_be_asked([Values] bool hasEnded)
    {
        var held = await Held.StartAsync();
        Task waiting = hasEnded ? Task.CompletedTask : held.View.GetAsync(1).AsTask();
        if (hasEnded)
        {
            held.Release();
            await Within.Time(held.Job.StopAsync());
        }

        ValueTask disposal = held.Job.DisposeAsync();
        held.Release();
        await Within.Time(disposal);

        Func<Task> early = () => Within.Time(waiting);
        Func<Task> late = async () => await held.View.GetAsync(1);
        if (!hasEnded)
        {
            await early.Should().ThrowAsync<ObjectDisposedException>();
        }

        (await late.Should().ThrowAsync<ObjectDisposedException>()).WithMessage("*'held' has been disposed*");
    }

    [Test]
    public async Task A_lane_that_has_ended_answers_while_others_run()
    {
        var release = new TaskCompletionSource();
        var sink = new CollectingSink<int> { On = call => call == "write" ? new(release.Task) : default };
        var builder = new TopologyBuilder("t");
        KeyedTable<int, int> table = builder.From("numbers", Enumerable.Range(0, Keys)).KeyBy(number => number % Keys).ToTable("table");
        builder.From("others", [1]).To("sink", sink);
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 2 });
        await Within.Until(() => job.GetMetrics().Of("table").RecordsIn == Keys);

        for (int key = 0; key < Keys; key++)
        {
            (await Within.Time(job.Table(table).GetAsync(key).AsTask()))!.Value.Value.Should().Be(key);
        }

        job.Status.Should().Be(JobStatus.Running);
        release.SetResult();
        await Within.Time(job.Completion);
    }

    [Test]
    public async Task A_scan_that_is_given_up_is_none_of_the_next_ones_business()
    {
        await using var held = await Held.StartAsync(lanes: 2);
        for (int i = 0; i < 10; i++)
        {
            using var cancellation = new CancellationTokenSource();
            Task scan = held.View.ScanAsync(entry => false, cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            Func<Task> waiting = () => Within.Time(scan);
            await waiting.Should().ThrowAsync<OperationCanceledException>();
        }

        Task<IReadOnlyCollection<TableEntry<int, int>>> last = held.View.ScanAsync(entry => entry.Key < 10).AsTask();
        held.Release();
        (await Within.Time(last)).Select(entry => entry.Value).Should().BeEquivalentTo(Enumerable.Range(Keys, 10));
    }

    private static Topology Numbers(ISource<int> source, out KeyedTable<int, int> table)
    {
        var builder = new TopologyBuilder("numbers");
        table = builder.From("numbers", source).KeyBy(number => number % Keys).ToTable("table");
        return builder.Build();
    }

    /// <summary>A job of which all lanes have taken up a hundred records, and are kept by a function in the next until they are let go.</summary>
    private sealed class Held : IAsyncDisposable
    {
        private readonly ManualResetEventSlim _release = new();
        private int _arrived;
        private volatile bool _fails;

        public Job Job { get; private set; } = null!;

        public TableView<int, int> View { get; private set; } = null!;

        public TableView<string, int> Texts { get; private set; } = null!;

        public static async Task<Held> StartAsync(int lanes = 1)
        {
            var held = new Held();
            var source = new ScriptedSource<int>(1, (batch, _, call) =>
            {
                for (int i = 0; i < Keys && call < 2; i++)
                {
                    batch.Add((call * Keys) + i);
                }

                return call < 2 ? ReadStatus.More : ReadStatus.Drained;
            });
            var builder = new TopologyBuilder("held");
            KeyedStream<int, int> numbers = builder.From("numbers", source).KeyBy(number => number % Keys);
            KeyedTable<int, int> table = numbers.ToTable("table", number => number >= Keys && held.Wait(), AllowedLateness.None);
            KeyedTable<string, int> texts = builder.From("texts", new ScriptedSource<int>(1, (_, _, _) => ReadStatus.Drained))
                .KeyBy(_ => "key").ToTable("words");
            held.Job = await builder.Build().StartAsync(new JobOptions { Lanes = lanes, BatchSize = Keys });
            held.View = held.Job.Table(table);
            held.Texts = held.Job.Table(texts);
            await Within.Until(() => Volatile.Read(ref held._arrived) == lanes);
            return held;
        }

        public void Release() => _release.Set();

        public void Fail()
        {
            _fails = true;
            _release.Set();
        }

        public async ValueTask DisposeAsync()
        {
            Release();
            await Job.DisposeAsync();
        }

        private bool Wait()
        {
            if (!_release.IsSet)
            {
                Interlocked.Increment(ref _arrived);
                _release.Wait();
            }

            return _fails ? throw new InvalidOperationException("failed on purpose") : false;
        }
    }
}
