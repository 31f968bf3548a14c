using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Plan;

/// <summary>A sink as the compilation sees it, whatever the type of its records.</summary>
internal interface ISinkNode
{
    ValueTask OpenAsync(Compilation compilation, CancellationToken cancellationToken);
}

internal sealed class SinkNode<T>(StreamNode<T> input, ISink<T> sink, string name, int ordinal)
    : TerminalNode<T>(NodeKind.Sink, input, name, ordinal), ISinkNode
{
    public override string Details => typeof(T).Name;

    protected override bool IsParallel => sink.AllowsParallelWriters;

    public async ValueTask OpenAsync(Compilation compilation, CancellationToken cancellationToken)
    {
        foreach (int lane in compilation.LanesOf(this).Lanes)
        {
            var context = new SinkContext(
                compilation.Program.Topology, Name, IsParallel ? lane : 0, compilation.Program.Options.TimeProvider);
            ISinkWriter<T> writer = await sink.OpenAsync(context, cancellationToken).ConfigureAwait(false);
            OpenWriter<T> open = compilation.Shared(this, lane, () => new OpenWriter<T>(writer));
            compilation.Program.Resources.Add((Name, open));
        }
    }

    protected override Operator<T> CreateEnd(Compilation compilation, int lane)
    {
        JobProgram program = compilation.Program;
        StepCounters counters = program.AddCounters(Name, lane);
        OpenWriter<T> open = compilation.Shared<OpenWriter<T>>(
            this, lane, () => throw new InvalidOperationException($"The sink '{Name}' was not opened for lane {lane}."));
        var task = new SinkTask<T>(open, counters, program.Options.BatchSize, program.Lanes[lane].Wake, program.Epochs.AddEnd(), program.Cancellation.Token);
        program.Lanes[lane].Add(task.Task);
        return task;
    }
}
