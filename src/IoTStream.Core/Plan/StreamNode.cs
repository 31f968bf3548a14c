using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>A step that gives a stream.</summary>
internal abstract class StreamNode<T> : Node
{
    private readonly List<IConsumer<T>> _consumers = [];

    protected StreamNode(NodeKind kind, string? name, params IReadOnlyList<Node> inputs)
        : base(kind, name, inputs)
    {
    }

    public override bool IsDangling => _consumers.Count == 0;

    public void AddConsumer(IConsumer<T> consumer) => _consumers.Add(consumer);

    /// <summary>The receiving end of all that follows this step on a lane. Called once a lane.</summary>
    public Operator<T> Downstream(Compilation compilation, int lane)
    {
        List<IConsumer<T>> consumers = ConsumersIn(compilation);
        Operator<T> next = consumers.Count switch
        {
            0 => new Unconsumed<T>(compilation.Program.Epochs.AddEnd()),
            1 => consumers[0].Receive(compilation, lane),
            _ => new FanOut<T>([.. consumers.Select(consumer => consumer.Receive(compilation, lane))]),
        };
        return compilation.Program.Interposer?.Before(next, lane) ?? next;
    }

    /// <summary>As <see cref="Downstream"/>, or null if nobody consumes the stream.</summary>
    public SideOutput<T>? SideDownstream(Compilation compilation, int lane) =>
        ConsumersIn(compilation).Count == 0 ? null : new SideOutput<T>(Downstream(compilation, lane));

    protected List<IConsumer<T>> ConsumersIn(Compilation compilation) =>
        _consumers.FindAll(consumer => compilation.Includes(consumer.Node));
}
