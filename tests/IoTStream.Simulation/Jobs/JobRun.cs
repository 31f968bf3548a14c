using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Simulation.Disk;

namespace IoTStream.Simulation.Jobs;

/// <summary>
/// A job that is crashed, failed and stopped at random moments and started again, each time on another number of lanes, until it gets to its end.
/// </summary>
/// <param name="Seed">Draws everything else.</param>
/// <param name="Most">The most records of a partition.</param>
/// <param name="Lives">How many times something happens before nothing does any more.</param>
internal sealed record JobRun(int Seed, int Most, int Lives)
{
    private const int MostLives = 20;

    public static JobRun Draw(Random random) => new(random.Next(), random.Next(2, 120), random.Next(6));

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

    /// <summary>Compares what comes out with what is to come out: what its oracle says, or else what comes out of a job to which nothing happens.</summary>
    public void Execute(Pipeline pipeline)
    {
        var random = new Random(Seed);
        Inputs inputs = Inputs.Draw(random, Most);
        List<string> expected = pipeline.Oracle is { } oracle ? [.. oracle([.. inputs.Readings.SelectMany(partition => partition)])] : Undisturbed(pipeline, inputs);
        List<string> found = Disturbed(pipeline, inputs, random, out int visits);
        Guest.Check(found.Where(Guest.IsOf), inputs, visits);
        found.RemoveAll(Guest.IsOf);
        Less(expected, found).Should().BeEmpty("of '{0}' no result is lost ({1})", pipeline.Name, this);
        Less(found, expected).Should().BeEmpty("of '{0}' no result comes twice or is made up ({1})", pipeline.Name, this);
    }

    /// <summary>What is left of the first if the second is taken away, one by one.</summary>
    private static List<string> Less(List<string> first, List<string> second)
    {
        Dictionary<string, int> taken = second.CountBy(line => line).ToDictionary(StringComparer.Ordinal);
        return [.. first.Where(line => (taken[line] = taken.GetValueOrDefault(line) - 1) < 0).Order(StringComparer.Ordinal)];
    }

    private static List<string> Undisturbed(Pipeline pipeline, Inputs inputs)
    {
        var world = new World(new Random(1));
        var target = new SimulatedTarget(world);
        JobLife.Run(world, pipeline.Build(world, inputs with { Redeliver = false }, target), new JobOptions { Lanes = 1, TimeProvider = world.Clock }, Life.ToTheEnd);
        return target.Lines;
    }

    private List<string> Disturbed(Pipeline pipeline, Inputs inputs, Random random, out int visits)
    {
        var world = new World(random);
        var target = new SimulatedTarget(world);
        Plan.Topology[] topologies = [pipeline.Build(world, inputs, target), pipeline.Build(world, inputs, target, hasGuest: true)];
        bool hasGuest = random.Next(4) == 0;
        visits = hasGuest ? 1 : 0;
        string log = "state";
        string? savepoint = null;
        for (int life = 0; ; life++)
        {
            life.Should().BeLessThan(MostLives, "a job to which nothing happens any more comes to its end");
            Life plan = life < Lives ? Schedule(world, life, pipeline.MayBeClosed) : Life.ToTheEnd;
            try
            {
                LifeEnd end = JobLife.Run(world, topologies[hasGuest ? 1 : 0], Options(world, log, savepoint) with { DropState = hasGuest ? [] : Guest.Steps }, plan);
                if (!end.IsStopped)
                {
                    return target.Lines;
                }

                if (end.Savepoint is { } made)
                {
                    savepoint = made;
                    log = $"state-{life}";
                }

                world.Disk.Kill();
            }
            catch (Exception exception) when (Is<SimulatedCrashException>(exception))
            {
                Crash(world);
            }
            catch (Exception exception) when (world.Disk.HasFailed && Is<IOException>(exception) && !Is<LogDamagedException>(exception))
            {
                world.Disk.Kill();
            }

            world.Restart();
            if (random.Next(3) == 0)
            {
                hasGuest = !hasGuest;
                visits += hasGuest ? 1 : 0;
            }
        }
    }

    /// <summary>Whether it is what was made to happen, or that with what step it happened to; any other failure is one of the job's own.</summary>
    private static bool Is<T>(Exception exception)
        where T : Exception =>
        exception is T || (exception is StepException or JobFailedException or LogFailedException && exception.InnerException is { } inner && Is<T>(inner));

    /// <summary>The machine goes down; or it stays up, if only the process was to die.</summary>
    private static void Crash(World world)
    {
        if (world.HasCrashed && world.Random.Next(2) == 0)
        {
            world.Disk.Kill();
        }
        else
        {
            world.Disk.Crash();
        }
    }

    private static Life Schedule(World world, int life, bool mayBeClosed)
    {
        int what = world.Random.Next(4);
        if (what == 0)
        {
            world.ScheduleCrash(world.Random.Next(1, Reach(world)));
        }
        else if (what < 3)
        {
            world.Disk.Schedule((Fault)world.Random.Next(5), world.Random.Next(1, 3 * Reach(world)));
        }

        return what == 3 || world.Random.Next(8) == 0
            ? new Life(world.Random.Next(20 * Reach(world)), mayBeClosed ? (StopMode)world.Random.Next(2) : StopMode.KeepWindowsOpen, world.Random.Next(3) == 0 ? $"after-{life}" : null)
            : Life.ToTheEnd;
    }

    /// <summary>Mostly a life is short, so that there are many; now and then it gets far.</summary>
    private static int Reach(World world) => world.Random.Next(4) == 0 ? 100 : 12;

    private static JobOptions Options(World world, string log, string? savepoint) => new()
    {
        Lanes = world.Random.Next(1, 5),
        BatchSize = world.Random.Next(1, 9),
        ExchangeCapacity = world.Random.Next(1, 4),
        EpochLog = EpochLog.At(log) with { SegmentSize = 4096 },
        TimeProvider = world.Clock,
        Savepoint = savepoint,
    };
}
