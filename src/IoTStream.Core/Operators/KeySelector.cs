using System.Runtime.CompilerServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// The key of a record, by a function with or without a record context. Unlike other functions it is not a type argument: it goes through
/// so many types on its way to a window that a branch which is always taken the same way costs less than they would.
/// </summary>
internal readonly struct KeySelector<T, TKey>
{
    private readonly Func<T, RecordContext, TKey>? _contextual;

    public KeySelector(Func<T, TKey> selector) => Plain = selector;

    public KeySelector(Func<T, RecordContext, TKey> selector) => _contextual = selector;

    /// <summary>The function, if it is one without a record context.</summary>
    public Func<T, TKey>? Plain { get; }

    public TKey Invoke(T value, RecordContext context) => Plain is { } plain ? plain(value) : _contextual!(value, context);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TKey Invoke(T value, scoped in Batch<T> batch, int index) =>
        Plain is { } plain ? plain(value) : _contextual!(value, batch.Context(index));
}
