using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>The input side of a step.</summary>
internal interface IConsumer<T>
{
    /// <summary>The step; another object where a step has several inputs.</summary>
    Node Node => (Node)this;

    /// <summary>The receiving end of the step for what its input gives on a lane. Called once for each input and lane.</summary>
    Operator<T> Receive(Compilation compilation, int lane);
}
