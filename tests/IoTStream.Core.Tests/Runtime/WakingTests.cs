using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Runtime;

/// <summary>A lane that has nothing to do sleeps, and must not miss what it is to wake for.</summary>
[Parallelizable(ParallelScope.All)]
public class WakingTests
{
    [Test]
    public async Task A_job_that_is_cancelled_just_before_its_lane_falls_asleep_ends()
    {
        // A lane sleeps after some rounds without work: one of these rounds is the last before it does.
        for (int round = 1; round < 40; round++)
        {
            int cancelIn = round;
            using var cancellation = new CancellationTokenSource();
            ScriptedSource<int> source = null!;
            source = new ScriptedSource<int>(1, (_, _, call) =>
            {
                if (call == cancelIn)
                {
                    cancellation.Cancel();
                }
                else if (call < cancelIn)
                {
                    source.Context!.NotifyAvailable();
                }

                return ReadStatus.Drained;
            });
            var builder = new TopologyBuilder("t");
            builder.From("s", source).ForEach("end", _ => { });

            Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 }, cancellation.Token);
            Func<Task> completion = () => job.Completion.WaitAsync(TimeSpan.FromSeconds(5));
            await completion.Should().ThrowAsync<OperationCanceledException>($"it was cancelled in round {round}");
        }
    }

    [Test]
    public async Task An_idle_timeout_of_months_is_possible()
    {
        var source = new ScriptedSource<int>(1, (batch, _, call) =>
        {
            if (call == 0)
            {
                batch.Add(1);
            }

            return ReadStatus.Drained;
        });
        var sink = new CollectingSink<int>();
        var builder = new TopologyBuilder("t");
        builder.From("s", source)
            .WithEventTime(_ => DateTimeOffset.UnixEpoch, Watermarks.Monotonous().WithIdleness(TimeSpan.FromDays(100)))
            .To("sink", sink);

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        await Within.Until(() => sink.Calls.Contains("flush"));
        await Within.Time(job.StopAsync());

        job.Status.Should().Be(JobStatus.Completed);
    }
}
