using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Epochs;

/// <summary>
/// Whatever the topology and the schedule: each epoch that is asked for becomes complete, what came before its barrier anywhere is exactly what
/// the sources had handed out before they injected it, and all that they handed out arrives.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class EpochProperties
{
    [Test]
    public void An_epoch_is_everywhere_what_the_sources_had_handed_out() => Property.Holds(
        random => random.Next(),
        seed => new EpochRun(seed).Execute());

    [Test]
    public async Task So_it_is_with_threads_when_one_epoch_follows_the_other([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var options = new JobOptions { Lanes = random.Next(1, 5), BatchSize = random.Next(1, 65), ExchangeCapacity = random.Next(1, 4) };
        var topology = new EpochTopology(random, options.Lanes, most: 200, async _ => await Task.Yield());
        List<CompletedEpoch> completed = [];
        await using Job job = await topology.Topology.StartAsync(options);
        for (int epoch = 0; epoch < 40; epoch++)
        {
            topology.Sources.ToList().ForEach(source => source.Stir());
            try
            {
                completed.Add(await Within.Time(job.Epochs.RequestAsync()));
            }
            catch (TaskCanceledException)
            {
                job.Completion.IsCompletedSuccessfully.Should().BeTrue("an epoch is given up only when its job has ended");
                break;
            }
        }

        await Within.Time(job.StopAsync());
        foreach (EpochLog log in topology.Logs)
        {
            completed.ForEach(log.ShouldAgree);
            log.ShouldBeWhole([.. topology.Sources.SelectMany(source => source.Given)]);
        }
    }
}
