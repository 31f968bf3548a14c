using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Simulation.Jobs;

/// <summary>One life of a job, from a start to its end, its failure or its crash, stepped in a random order without threads.</summary>
internal sealed class JobLife : IDisposable
{
    private readonly World _world;
    private readonly JobProgram _program;
    private readonly EpochSession? _session;
    private Task<CompletedEpoch>? _request;
    private bool _isFinal;

    private JobLife(World world, JobProgram program, EpochSession? session)
    {
        _world = world;
        _program = program;
        _session = session;
    }

    private bool HasEnded => Array.TrueForAll(_program.Lanes, lane => lane.IsDone);

    /// <summary>Runs a life to its end.</summary>
    /// <exception cref="Exception">Whatever crashed it or failed it.</exception>
    public static void Run(World world, Topology topology, JobOptions options)
    {
        using JobLife life = Start(world, topology, options);
        life.Run();
    }

    public void Dispose()
    {
        foreach (Lane lane in _program.Lanes)
        {
            lane.Dispose();
        }

        _program.Epochs.End(failure: null);
        _session?.Dispose();
    }

    private static JobLife Start(World world, Topology topology, JobOptions options)
    {
        var program = new JobProgram(topology.Name, options);
        EpochSession? session = null;
        if (options.EpochLog is { } log)
        {
            EpochWriter writer = EpochWriter.Open(world.Disk.Directory("state"), log, options.TimeProvider);
            session = new EpochSession(writer, topology.Name, options.Lanes, topology.Serializers, options.DropState) { LeastShare = world.Random.Next(200) };
            program.Attach(session);
        }

        try
        {
            topology.CompileAsync(program, CancellationToken.None).GetAwaiter().GetResult();
            session?.Restore()?.Run();
            session?.DeliverAsync(CancellationToken.None).GetAwaiter().GetResult();
            return new JobLife(world, program, session);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    private void Run()
    {
        int quiet = 0;
        for (int steps = 0; !(HasEnded && (_session is null || _isFinal)); steps++)
        {
            steps.Should().BeLessThan(200_000, "a job whose sources end comes to an end");
            bool progress = _program.Lanes[_world.Random.Next(_program.Lanes.Length)].Step();
            progress |= _session is not null && SeeToEpochs(_session);
            quiet = progress ? 0 : quiet + 1;
            quiet.Should().BeLessThan(1000, "a job that has not ended can always go on");
        }

        foreach (Action acknowledge in _program.Acknowledgements)
        {
            acknowledge();
        }
    }

    private bool SeeToEpochs(EpochSession session)
    {
        if (_request is null)
        {
            if (!HasEnded && _world.Random.Next(20) > 0)
            {
                return false;
            }

            _isFinal = HasEnded;
            session.Prepare();
            _request = _program.Epochs.RequestAsync();
        }

        if (!_request.IsCompleted)
        {
            return false;
        }

        long epoch = _request.GetAwaiter().GetResult().Number;
        _request = null;
        session.Commit(epoch);
        _program.Epochs.Commit(epoch);
        session.ApplyAsync(epoch, TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return true;
    }
}
