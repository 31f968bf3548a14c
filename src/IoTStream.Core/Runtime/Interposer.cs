using IoTStream.Operators;

namespace IoTStream.Runtime;

/// <summary>Puts operators of its own between the steps of a topology, to watch them or to make their life hard: for test harnesses.</summary>
internal abstract class Interposer
{
    /// <summary>What stands before an operator on a lane.</summary>
    /// <param name="next">The operator.</param>
    /// <param name="lane">The lane that it is on.</param>
    public abstract Operator<T> Before<T>(Operator<T> next, int lane);
}
