using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Plan;

/// <summary>A sink as the compilation sees it, whatever the type of its records.</summary>
internal interface ISinkNode
{
    ValueTask OpenAsync(Compilation compilation, CancellationToken cancellationToken);

    /// <summary>Whether it takes part in the transactions of a topology that is scaled out.</summary>
    bool IsShardSink { get; }
}

internal sealed class SinkNode<T> : TerminalNode<T>, ISinkNode
{
    private readonly ISink<T> _sink;

    public SinkNode(StreamNode<T> input, ISink<T> sink, string name, int ordinal)
        : base(NodeKind.Sink, input, name, ordinal)
    {
        _sink = sink;
        ErrorPolicy = sink is IOutboxSink<T> ? Operators.ErrorPolicy.Fail : null;
    }

    public override string Details => typeof(T).Name;

    public override Delivery Delivery => _sink is IOutboxSink<T> outbox ? outbox.Delivery : Delivery.AtLeastOnce;

    public bool IsShardSink => _sink is IShardSink<T>;

    protected override bool IsParallel => _sink.AllowsParallelWriters && _sink is not IOutboxSink<T>;

    /// <summary>A writer that takes batches and not single records does not say which one it failed on.</summary>
    public override bool PutsAside(JobProgram program) => base.PutsAside(program) && UsesOutbox(program);

    public async ValueTask OpenAsync(Compilation compilation, CancellationToken cancellationToken)
    {
        JobProgram program = compilation.Program;
        LaneSet lanes = compilation.LanesOf(this);
        foreach (int lane in lanes.Lanes)
        {
            var context = new SinkContext(
                program.Topology, Name, lanes.IndexOf(lane), program.Options.TimeProvider, program.Session?.Identity);
            if (UsesOutbox(program) && _sink is IOutboxSink<T> outboxSink)
            {
                IOutboxWriter<T> outbox = program.Shard is { } shard
                    ? ((IShardSink<T>)_sink).OpenShardOutbox(shard, Name)
                    : await outboxSink.OpenOutboxAsync(context, cancellationToken).ConfigureAwait(false);
                compilation.Shared(this, lane, () => outbox);
                program.Resources.Add((Name, outbox));
                continue;
            }

            ISinkWriter<T> writer = await _sink.OpenAsync(context, cancellationToken).ConfigureAwait(false);
            OpenWriter<T> open = compilation.Shared(this, lane, () => new OpenWriter<T>(writer));
            program.Resources.Add((Name, open));
        }
    }

    protected override Operator<T> CreateEnd(Compilation compilation, int lane)
    {
        JobProgram program = compilation.Program;
        StepCounters counters = program.AddCounters(Name, lane);
        if (program.Session is { } session && UsesOutbox(program))
        {
            IOutboxWriter<T> outbox = compilation.Shared<IOutboxWriter<T>>(this, lane, NotOpened<IOutboxWriter<T>>);
            var end = new OutboxTask<T>(
                outbox, Delivery == Delivery.ExactlyOnce, counters, compilation.ErrorHandler(this, counters, lane), session.Lanes[lane], program.Epochs.AddEnd(), program.Loop!.Hurry);
            session.Add(end.Outbox);
            return end;
        }

        OpenWriter<T> open = compilation.Shared<OpenWriter<T>>(this, lane, NotOpened<OpenWriter<T>>);
        var task = new SinkTask<T>(open, counters, program.Options.BatchSize, program.Lanes[lane].Wake, program.Epochs.AddEnd(), program.Cancellation.Token);
        program.Lanes[lane].Add(task.Task);
        return task;
    }

    /// <summary>Whether records wait for the commit of their epoch, so that they come exactly once.</summary>
    private bool UsesOutbox(JobProgram program) =>
        program.Session is not null && program.Options.Delivery is not Delivery.AtLeastOnce && _sink is IOutboxSink<T> && (program.Shard is null || IsShardSink);

    private TOpened NotOpened<TOpened>() => throw new InvalidOperationException($"The sink '{Name}' was not opened on its lane.");
}
