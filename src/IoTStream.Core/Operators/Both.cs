using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>The accumulators of two aggregates over the same records.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct Both<TFirst, TSecond>
{
    public TFirst First;
    public TSecond Second;

    /// <summary>
    /// Takes a record into both. If the second to take it fails, it must not stay in the other: that one, if it is a plain value, is
    /// changed as a copy first.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<TIn, TFirstOut, TSecondOut, TFirstAggregate, TSecondAggregate>(
        TFirstAggregate firstAggregate, TSecondAggregate secondAggregate, TIn value, RecordContext context)
        where TFirstAggregate : struct, IAggregate<TIn, TFirst, TFirstOut>
        where TSecondAggregate : struct, IAggregate<TIn, TSecond, TSecondOut>
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TFirst>())
        {
            TSecond second = Second;
            secondAggregate.Add(ref second, value, context);
            firstAggregate.Add(ref First, value, context);
            Second = second;
        }
        else
        {
            TFirst first = First;
            firstAggregate.Add(ref first, value, context);
            secondAggregate.Add(ref Second, value, context);
            First = first;
        }
    }
}
