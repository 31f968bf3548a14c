using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Simulation.Disk;

namespace IoTStream.Simulation.Jobs;

/// <summary>A job that is crashed and failed at random moments and started again, each time on another number of lanes, until it gets to its end.</summary>
/// <param name="Seed">Draws everything else.</param>
/// <param name="Most">The most records of a partition.</param>
/// <param name="Lives">How many times something goes wrong before nothing does any more.</param>
internal sealed record JobRun(int Seed, int Most, int Lives)
{
    private const int MostLives = 20;

    public IEnumerable<JobRun> Shrink()
    {
        if (Lives > 0)
        {
            yield return this with { Lives = Lives / 2 };
            yield return this with { Lives = Lives - 1 };
        }

        if (Most > 2)
        {
            yield return this with { Most = Most / 2 };
        }
    }

    /// <summary>Compares what comes out with what comes out of a job to which nothing happens.</summary>
    public void Execute(Pipeline pipeline)
    {
        var random = new Random(Seed);
        Reading[][] partitions = Reading.Draw(random, random.Next(1, 4), Most, keys: random.Next(1, 8), Pipeline.Disorder);
        bool redelivers = random.Next(2) == 0;
        List<string> expected = Undisturbed(pipeline, partitions);
        List<string> found = Disturbed(pipeline, partitions, redelivers, random);
        Less(expected, found).Should().BeEmpty("of '{0}' no result is lost ({1})", pipeline.Name, this);
        Less(found, expected).Should().BeEmpty("of '{0}' no result comes twice or is made up ({1})", pipeline.Name, this);
    }

    /// <summary>What is left of the first if the second is taken away, one by one.</summary>
    private static List<string> Less(List<string> first, List<string> second)
    {
        Dictionary<string, int> taken = second.CountBy(line => line).ToDictionary(StringComparer.Ordinal);
        return [.. first.Where(line => (taken[line] = taken.GetValueOrDefault(line) - 1) < 0).Order(StringComparer.Ordinal)];
    }

    private static List<string> Undisturbed(Pipeline pipeline, Reading[][] partitions)
    {
        var world = new World(new Random(1));
        var target = new SimulatedTarget(world);
        JobLife.Run(world, pipeline.Build(new SimulatedSource(world, partitions, redelivers: false), target), new JobOptions { Lanes = 1 });
        return target.Lines;
    }

    private List<string> Disturbed(Pipeline pipeline, Reading[][] partitions, bool redelivers, Random random)
    {
        var world = new World(random);
        var target = new SimulatedTarget(world);
        Topology topology = pipeline.Build(new SimulatedSource(world, partitions, redelivers), target);
        for (int life = 0; ; life++)
        {
            life.Should().BeLessThan(MostLives, "a job to which nothing happens any more comes to its end");
            if (life < Lives)
            {
                Schedule(world);
            }

            try
            {
                JobLife.Run(world, topology, Options(random));
                return target.Lines;
            }
            catch (Exception exception) when (IsCrash(exception) || world.HasCrashed)
            {
                world.Disk.Crash();
            }
            catch (IOException exception) when (exception is not LogDamagedException)
            {
                world.Disk.Heal();
            }

            world.Restart();
        }
    }

    private static bool IsCrash(Exception exception) => exception is SimulatedCrashException || (exception.InnerException is { } inner && IsCrash(inner));

    private static void Schedule(World world)
    {
        if (world.Random.Next(3) == 0)
        {
            world.ScheduleCrash(world.Random.Next(1, Reach(world)));
        }
        else
        {
            world.Disk.Schedule((Fault)world.Random.Next(5), world.Random.Next(1, 3 * Reach(world)));
        }
    }

    /// <summary>Mostly a life is short, so that there are many; now and then it gets far.</summary>
    private static int Reach(World world) => world.Random.Next(4) == 0 ? 100 : 12;

    private static JobOptions Options(Random random) => new()
    {
        Lanes = random.Next(1, 5),
        BatchSize = random.Next(1, 9),
        ExchangeCapacity = random.Next(1, 4),
        EpochLog = EpochLog.At("state") with { SegmentSize = 4096 },
    };
}
