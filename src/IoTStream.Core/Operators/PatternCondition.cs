using System.Runtime.CompilerServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>A condition of a pattern's step, by a function of the record alone or of what has been matched before it too.</summary>
internal sealed class PatternCondition<T>
{
    private readonly Func<T, bool>? _plain;
    private readonly Func<T, Match<T>, bool>? _matching;
    private readonly Func<T, Match<T>, RecordContext, bool>? _contextual;

    public PatternCondition(Func<T, bool> condition) => _plain = condition;

    public PatternCondition(Func<T, Match<T>, bool> condition) => _matching = condition;

    public PatternCondition(Func<T, Match<T>, RecordContext, bool> condition) => _contextual = condition;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Holds(in T value, in Match<T> match, RecordContext context) =>
        _plain is { } plain ? plain(value) : HoldsAfter(in value, in match, context);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool HoldsAfter(in T value, in Match<T> match, RecordContext context) =>
        _matching is { } matching ? matching(value, match) : _contextual!(value, match, context);
}
