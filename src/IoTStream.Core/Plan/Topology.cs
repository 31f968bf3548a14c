using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.Disk;
using IoTStream.Log;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Plan;

/// <summary>A validated, immutable description of a pipeline. Any number of jobs can be started from it.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class Topology
{
    private readonly IReadOnlyList<Node> _nodes;
    private readonly DeadLettersNode _deadLetters;

    private Topology(string name, IReadOnlyList<Node> nodes, DeadLettersNode deadLetters, StateSerializers serializers)
    {
        Serializers = serializers;
        Name = name;
        _nodes = nodes;
        _deadLetters = deadLetters;
    }

    /// <summary>The name of the topology.</summary>
    public string Name { get; }

    /// <summary>How the state of its steps is written and read.</summary>
    internal StateSerializers Serializers { get; }

    /// <summary>The plan as text: a line a step, in the order of the data, with what it does and where its input comes from.</summary>
    public string Explain() => PlanText.Explain(Name, _nodes);

    /// <summary>The plan as a Mermaid flow chart, for documents that render it.</summary>
    public string ToMermaid() => PlanText.ToMermaid(_nodes);

    /// <summary>Opens sinks and sources and starts the lanes.</summary>
    /// <param name="options">How the job runs; by default as <see cref="JobOptions"/> says.</param>
    /// <param name="cancellationToken">Cancels the start, and after it the job: its completion is then cancelled.</param>
    /// <returns>The running job. Dispose it.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="JobFailedException">A source or sink could not be opened; what had been opened is closed again.</exception>
    /// <exception cref="LogInUseException">Another job has the epoch log open.</exception>
    /// <exception cref="LogDamagedException">The epoch log is damaged.</exception>
    /// <exception cref="TopologyException">A path from a source to a sink cannot hold the delivery that the options ask for.</exception>
    /// <exception cref="StateMismatchException">The epoch log does not fit the topology.</exception>
    public async Task<Job> StartAsync(JobOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new JobOptions();
        JobOptions.Validate(options);
        if (options.Delivery is { } required && DeliveryPath.Check(_nodes, required).ToList() is { Count: > 0 } errors)
        {
            throw new TopologyException(Name, errors);
        }

        return await StartAsync(options, shard: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts a shard of the topology, which has been checked by <see cref="CheckShards"/>.</summary>
    internal Task<Job> StartShardAsync(JobOptions options, Shard shard, CancellationToken cancellationToken) => StartAsync(options, shard, cancellationToken);

    /// <summary>What keeps the topology from being scaled out; empty if nothing does.</summary>
    /// <param name="required">What the sinks have to hold.</param>
    internal IReadOnlyList<TopologyError> CheckShards(Delivery required) => [.. ShardRules.Check(_nodes, required)];

    /// <summary>The steps before which records go to the shards that own them.</summary>
    internal IReadOnlyList<string> ShardExchanges => [.. _nodes.Where(static node => node.Kind is NodeKind.KeyBy or NodeKind.Broadcast).Select(static node => node.Name)];

    private async Task<Job> StartAsync(JobOptions options, Shard? shard, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Activity? activity = JobTracing.Start("iotstream.job", Name);
        try
        {
            JobProgram program = await PrepareAsync(options, previous: null, shard, activity, cancellationToken).ConfigureAwait(false);
            return Job.Start(program, (failed, stop) => PrepareAsync(options, failed, shard, activity, stop), activity, cancellationToken);
        }
        catch (Exception exception)
        {
            JobTracing.Fail(activity, exception);
            activity?.Dispose();
            throw;
        }
    }

    /// <summary>Makes a program that can be run: everything is open, and what the epoch log has is restored.</summary>
    private async Task<JobProgram> PrepareAsync(JobOptions options, JobProgram? previous, Shard? shard, Activity? activity, CancellationToken cancellationToken)
    {
        var program = new JobProgram(Name, options, previous, shard);
        try
        {
            if (shard is not null)
            {
                program.Attach(await OpenSessionAsync(shard, options, cancellationToken).ConfigureAwait(false));
            }
            else if (options.EpochLog is { } log)
            {
                program.Attach(await OpenSessionAsync(log, options, cancellationToken).ConfigureAwait(false));
            }

            await OpenAsync(program, activity, cancellationToken).ConfigureAwait(false);
            await RestoreAsync(program, cancellationToken).ConfigureAwait(false);
            return program;
        }
        catch
        {
            await JobCloser.CloseAsync(program, static _ => { }).ConfigureAwait(false);
            program.Session?.Dispose();
            throw;
        }
    }

    private Task<EpochSession> OpenSessionAsync(EpochLog log, JobOptions options, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            EpochWriter writer = EpochWriter.Open(log, options.TimeProvider);
            try
            {
                DiskDirectory? savepoint = options.Savepoint is { } path ? new DiskDirectory(path) : null;
                return new EpochSession(writer, Name, options.AllLanes, Serializers, options.DropState, savepoint);
            }
            catch
            {
                writer.Dispose();
                throw;
            }
        },
        cancellationToken);

    private async Task<EpochSession> OpenSessionAsync(Shard shard, JobOptions options, CancellationToken cancellationToken)
    {
        IEpochStore store = await shard.OpenStoreAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new EpochSession(store, Name, options.AllLanes, Serializers, options.DropState);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private static async Task RestoreAsync(JobProgram program, CancellationToken cancellationToken)
    {
        if (program.Session is { } session)
        {
            await (session.Restore()?.RunAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
            await session.DeliverAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task OpenAsync(JobProgram program, Activity? job, CancellationToken cancellationToken)
    {
        using Activity? activity = JobTracing.Start("iotstream.job.open", Name, job);
        try
        {
            await CompileAsync(program, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            JobTracing.Fail(activity, exception);
            throw;
        }
    }

    /// <summary>Opens sinks and sources and builds the lanes of a program; whoever steps them comes after.</summary>
    internal Task CompileAsync(JobProgram program, CancellationToken cancellationToken) =>
        new Compilation(program, _nodes, _deadLetters).RunAsync(cancellationToken);

    /// <summary>Checks the nodes and gives those without a name one.</summary>
    /// <exception cref="TopologyException">Something is wrong with them.</exception>
    internal static Topology Create(string name, IReadOnlyList<Node> nodes, DeadLettersNode deadLetters, StateSerializers serializers, Delivery required)
    {
        StepNames.Assign(nodes);
        List<TopologyError> errors = PlanValidator.Validate(name, nodes, deadLetters);
        if (errors.Count > 0)
        {
            throw new TopologyException(name, errors);
        }

        deadLetters.SetFallible(nodes.Where(static node => node.ErrorPolicy is Operators.ErrorPolicy.DeadLetter or Operators.ErrorPolicy.Fail));
        if (DeliveryPath.Check(nodes, required).ToList() is { Count: > 0 } weak)
        {
            throw new TopologyException(name, weak);
        }

        return new Topology(name, [.. nodes.Where(node => !node.IsDangling).OrderBy(Stage)], deadLetters, serializers);
    }

    /// <summary>A builder has its dead letters before any step that puts some aside; in the order of the data they come after them.</summary>
    private static int Stage(Node node) => node.Kind == NodeKind.DeadLetters ? 1 : node.FollowsDeadLetters ? 2 : 0;
}
