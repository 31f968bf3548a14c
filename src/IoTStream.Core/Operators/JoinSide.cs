using System.Runtime.CompilerServices;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>A join seen from one of its inputs, as a type argument: what is done for a record of either side is written once.</summary>
internal interface IJoinSide<TLeft, TRight, TOwn, TOther, TOut>
{
    static abstract ref Timeline<TOwn> Own(ref JoinState<TLeft, TRight> state);

    static abstract ref Timeline<TOther> Other(ref JoinState<TLeft, TRight> state);

    static abstract TOut Result(Func<TLeft, TRight, TOut> result, TOwn own, TOther other);
}

internal readonly struct LeftSide<TLeft, TRight, TOut> : IJoinSide<TLeft, TRight, TLeft, TRight, TOut>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref Timeline<TLeft> Own(ref JoinState<TLeft, TRight> state) => ref state.Left;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref Timeline<TRight> Other(ref JoinState<TLeft, TRight> state) => ref state.Right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TOut Result(Func<TLeft, TRight, TOut> result, TLeft own, TRight other) => result(own, other);
}

internal readonly struct RightSide<TLeft, TRight, TOut> : IJoinSide<TLeft, TRight, TRight, TLeft, TOut>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref Timeline<TRight> Own(ref JoinState<TLeft, TRight> state) => ref state.Right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref Timeline<TLeft> Other(ref JoinState<TLeft, TRight> state) => ref state.Left;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TOut Result(Func<TLeft, TRight, TOut> result, TRight own, TLeft other) => result(other, own);
}
