using System.Runtime.CompilerServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// The key of a record, by a function with or without a record context. Unlike other functions it is not a type argument: it goes through
/// so many types on its way to a window that a branch which is always taken the same way costs less than they would.
/// </summary>
internal readonly struct KeySelector<T, TKey>
{
    private readonly Func<T, TKey>? _plain;
    private readonly Func<T, RecordContext, TKey>? _contextual;

    public KeySelector(Func<T, TKey> selector) => _plain = selector;

    public KeySelector(Func<T, RecordContext, TKey> selector) => _contextual = selector;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TKey Invoke(T value, scoped in Batch<T> batch, int index) =>
        _plain is { } plain ? plain(value) : _contextual!(value, batch.Context(index));
}
