using IoTStream.Disk;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Simulation.Jobs;

/// <summary>One life of a job, from a start to its end, its failure or its crash, stepped in a random order without threads.</summary>
internal sealed class JobLife : IDisposable
{
    private readonly World _world;
    private readonly JobProgram _program;
    private readonly int _stepsAnEpoch;
    private int _answers;
    private Task<CompletedEpoch>? _request;
    private bool _isFinal;

    private JobLife(World world, JobProgram program)
    {
        _world = world;
        _program = program;
        _stepsAnEpoch = world.Random.Next(2) == 0 ? 5 : 20;
        foreach (Lane lane in program.Lanes)
        {
            Action wake = lane.Context.Wake;
            lane.Context.Wake = () =>
            {
                wake();
                Interlocked.Increment(ref _answers);
            };
        }
    }

    private bool HasEnded => Array.TrueForAll(_program.Lanes, lane => lane.IsDone);

    /// <summary>Runs a life to its end.</summary>
    /// <returns>How it ended.</returns>
    /// <exception cref="Exception">Whatever crashed it or failed it.</exception>
    public static LifeEnd Run(World world, Topology topology, JobOptions options, Life plan)
    {
        using JobLife life = Start(world, topology, options);
        life.Run(plan);
        bool isStopped = life._program.Stop.IsRequested;
        return new LifeEnd(isStopped, isStopped && plan.Savepoint is { } name ? life._program.Session!.CreateSavepoint(name) : null);
    }

    public void Dispose()
    {
        foreach (Lane lane in _program.Lanes)
        {
            lane.Dispose();
        }

        _program.Epochs.End(failure: null);
        _program.Session?.Dispose();
    }

    private static JobLife Start(World world, Topology topology, JobOptions options)
    {
        var program = new JobProgram(topology.Name, options);
        if (options.EpochLog is { } log)
        {
            EpochWriter writer = EpochWriter.Open(world.Disk.Directory(log.Directory), log, options.TimeProvider);
            IDiskDirectory? savepoint = options.Savepoint is { } path ? world.Disk.Directory(path) : null;
            program.Attach(new EpochSession(writer, topology.Name, options.AllLanes, topology.Serializers, options.DropState, savepoint)
            {
                LeastShare = world.Random.Next(2) * world.Random.Next(200),
            });
        }

        try
        {
            topology.CompileAsync(program, CancellationToken.None).GetAwaiter().GetResult();
            program.Session?.Restore()?.Run();
            program.Session?.DeliverAsync(CancellationToken.None).GetAwaiter().GetResult();
            return new JobLife(world, program);
        }
        catch
        {
            program.Session?.Dispose();
            throw;
        }
    }

    private void Run(Life plan)
    {
        int quiet = 0;
        for (int steps = 0; !(HasEnded && (_program.Session is null || _isFinal)); steps++)
        {
            steps.Should().BeLessThan(200_000, "a job whose sources end comes to an end");
            if (steps == plan.StopAfter && !HasEnded)
            {
                _program.Stop.Set(plan.Stop);
            }

            _world.Clock.GoOn();
            bool progress = _program.Lanes[_world.Random.Next(_program.Lanes.Length)].Step();
            progress |= _world.Random.Next(4) == 0 && Answer();
            progress |= _program.Loop is { } loop && SeeToEpochs(loop);
            quiet = progress ? 0 : quiet + 1;
            quiet.Should().BeLessThan(1000, "a job that has not ended can always go on, and this one waits: {0}", Waiting);
        }

        foreach (Action acknowledge in _program.Acknowledgements)
        {
            acknowledge();
        }
    }

    /// <summary>Answers a call; the rest of it may be done by another thread, which is waited for.</summary>
    private bool Answer()
    {
        int before = Volatile.Read(ref _answers);
        if (!_world.Answer())
        {
            return false;
        }

        SpinWait.SpinUntil(() => Volatile.Read(ref _answers) > before);
        return true;
    }

    private string Waiting => string.Join("; ", _program.Lanes.Select(lane => $"lane {lane.Index}: {string.Join(", ", lane.Waiting)}"));

    private bool SeeToEpochs(EpochLoop loop)
    {
        if (_request is null)
        {
            if (!HasEnded && _world.Random.Next(_stepsAnEpoch) > 0)
            {
                return false;
            }

            _isFinal = HasEnded;
            _request = loop.Begin();
        }

        if (!_request.IsCompleted)
        {
            return false;
        }

        long epoch = _request.GetAwaiter().GetResult().Number;
        _request = null;
        loop.Commit(epoch);
        loop.ApplyAsync(epoch, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return true;
    }
}
