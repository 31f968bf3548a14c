using System.Threading.Channels;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Epochs;

/// <summary>An epoch in the life of a job: it is complete in the end, or given up with the job, and nobody waits for ever.</summary>
[Parallelizable(ParallelScope.All)]
public class EpochLifeTests
{
    private static readonly JobOptions Lanes = new() { Lanes = 3 };

    [Test]
    public async Task A_job_whose_source_is_silent_has_epochs_too()
    {
        Channel<int> channel = Channel.CreateUnbounded<int>();
        var sink = new CollectingSink<int>();
        await using Job job = await Pipeline(channel, sink).StartAsync(Lanes);

        (await Within.Time(job.Epochs.RequestAsync())).Should().BeEquivalentTo(new CompletedEpoch(1, [new ReaderCount("source", 0, 0)]));
        channel.Writer.TryWrite(1);
        channel.Writer.TryWrite(2);
        await Within.Until(() => sink.Count == 2);
        (await Within.Time(job.Epochs.RequestAsync())).Should().BeEquivalentTo(new CompletedEpoch(2, [new ReaderCount("source", 0, 2)]));
        sink.Calls.Should().EndWith("flush", "an epoch is complete when what it has written can be seen");
    }

    [Test]
    public async Task Those_who_ask_while_an_epoch_is_under_way_get_the_next_one()
    {
        Channel<int> channel = Channel.CreateUnbounded<int>();
        var gate = new TaskCompletionSource();
        var sink = new CollectingSink<int> { On = call => call == "write" ? new ValueTask(gate.Task) : default };
        await using Job job = await Pipeline(channel, sink).StartAsync(Lanes);
        List<long> told = [];
        job.Epochs.Subscribe(epoch => told.Add(epoch.Number));
        channel.Writer.TryWrite(1);
        await Within.Until(() => sink.Calls.Contains("write"));

        Task<CompletedEpoch> first = job.Epochs.RequestAsync();
        Task<CompletedEpoch> second = job.Epochs.RequestAsync();
        Task<CompletedEpoch> third = job.Epochs.RequestAsync();
        (first.IsCompleted, second.IsCompleted).Should().Be((false, false));
        third.Should().BeSameAs(second);
        gate.SetResult();
        (await Within.Time(first)).Number.Should().Be(1);
        (await Within.Time(second)).Number.Should().Be(2);
        told.Should().Equal(1, 2);
    }

    [Test]
    public async Task A_stop_completes_the_epoch_under_way()
    {
        Channel<int> channel = Channel.CreateUnbounded<int>();
        var gate = new TaskCompletionSource();
        var sink = new CollectingSink<int> { On = call => call == "write" ? new ValueTask(gate.Task) : default };
        await using Job job = await Pipeline(channel, sink).StartAsync(Lanes);
        channel.Writer.TryWrite(1);
        await Within.Until(() => sink.Calls.Contains("write"));

        Task<CompletedEpoch> epoch = job.Epochs.RequestAsync();
        Task stop = job.StopAsync();
        gate.SetResult();
        await Within.Time(stop);
        (await Within.Time(epoch)).Readers.Should().Equal(new ReaderCount("source", 0, 1));
        await job.Epochs.Invoking(epochs => Within.Time(epochs.RequestAsync())).Should().ThrowAsync<TaskCanceledException>();
    }

    [Test]
    public async Task A_cancellation_gives_up_the_epoch_under_way_and_the_next()
    {
        Channel<int> channel = Channel.CreateUnbounded<int>();
        var sink = new CollectingSink<int> { On = call => call == "write" ? new ValueTask(Task.Delay(TimeSpan.FromMilliseconds(100))) : default };
        await using Job job = await Pipeline(channel, sink).StartAsync(Lanes);
        channel.Writer.TryWrite(1);
        await Within.Until(() => sink.Calls.Contains("write"));

        Task<CompletedEpoch> first = job.Epochs.RequestAsync();
        Task<CompletedEpoch> second = job.Epochs.RequestAsync();
        job.Cancel();
        await FluentActions.Awaiting(() => Within.Time(second)).Should().ThrowAsync<TaskCanceledException>();
        first.IsCompleted.Should().BeTrue();
    }

    [Test]
    public async Task A_failure_fails_the_epoch_under_way()
    {
        Channel<int> channel = Channel.CreateUnbounded<int>();
        var gate = new TaskCompletionSource();
        var sink = new CollectingSink<int> { On = call => call == "write" ? new ValueTask(gate.Task) : default };
        await using Job job = await Pipeline(channel, sink).StartAsync(Lanes);
        channel.Writer.TryWrite(1);
        await Within.Until(() => sink.Calls.Contains("write"));

        Task<CompletedEpoch> epoch = job.Epochs.RequestAsync();
        gate.SetException(new InvalidOperationException("The disk is full."));
        (await FluentActions.Awaiting(() => Within.Time(epoch)).Should().ThrowAsync<JobFailedException>()).Which.Step.Should().Be("sink");
        await job.Epochs.Invoking(epochs => Within.Time(epochs.RequestAsync())).Should().ThrowAsync<JobFailedException>();
    }

    [Test]
    public async Task A_listener_that_throws_fails_the_job()
    {
        Channel<int> channel = Channel.CreateUnbounded<int>();
        await using Job job = await Pipeline(channel, new CollectingSink<int>()).StartAsync(Lanes);
        job.Epochs.Subscribe(_ => throw new InvalidOperationException("No."));

        await FluentActions.Awaiting(() => Within.Time(job.Epochs.RequestAsync())).Should().ThrowAsync<JobFailedException>();
        job.Status.Should().Be(JobStatus.Failed);
    }

    private static Topology Pipeline(Channel<int> channel, CollectingSink<int> sink)
    {
        var builder = new TopologyBuilder("epochs");
        builder.From("source", channel.Reader).KeyBy(value => value).Process("sum", () => new PassOn()).To("sink", sink);
        return builder.Build();
    }

    private sealed class PassOn : KeyedProcess<int, int, int>
    {
        public override void OnRecord(int record, KeyedProcessContext<int, int> context) => context.Emit(record);
    }
}
