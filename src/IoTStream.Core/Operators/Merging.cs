using System.Runtime.CompilerServices;

namespace IoTStream.Operators;

/// <summary>Merges that leave both sides as they are.</summary>
internal static class Merging<TIn, TAccumulator, TOut, TAggregate>
    where TAggregate : struct, IMergeableAggregate<TIn, TAccumulator, TOut>
{
    /// <summary>An accumulator that has seen the same as another one and shares nothing with it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TAccumulator Copy(TAggregate aggregate, in TAccumulator accumulator)
    {
        if (!RuntimeHelpers.IsReferenceOrContainsReferences<TAccumulator>())
        {
            return accumulator;
        }

        TAccumulator copy = aggregate.Create();
        aggregate.Merge(ref copy, in accumulator);
        return copy;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TAccumulator Merge(TAggregate aggregate, in TAccumulator first, in TAccumulator second)
    {
        TAccumulator merged = Copy(aggregate, in first);
        aggregate.Merge(ref merged, in second);
        return merged;
    }
}
