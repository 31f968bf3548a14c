using System.Runtime.CompilerServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>A user's callback as a type argument; see <see cref="IFunction{TIn, TOut}"/>.</summary>
internal interface IAction<T>
{
    void Invoke(T value, scoped in Batch<T> batch, int index);
}

internal readonly struct PlainAction<T>(Action<T> action) : IAction<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke(T value, scoped in Batch<T> batch, int index) => action(value);
}

internal readonly struct ContextAction<T>(Action<T, RecordContext> action) : IAction<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke(T value, scoped in Batch<T> batch, int index) => action(value, batch.Context(index));
}
