namespace IoTStream.Dsl;

/// <content>Several aggregates as one.</content>
public static partial class Aggregates
{
    /// <summary>Two aggregates over the same records, put together into one value, with no more cost than that of each.</summary>
    /// <remarks>
    /// It can be merged if all of them can, and subtracted from if all of them can. Should the function of one of them fail for a record, no
    /// other takes that record in, as long as not several of them keep objects (lists or sketches).
    /// </remarks>
    /// <param name="first">The first one.</param>
    /// <param name="second">The second one.</param>
    /// <param name="result">The value of their results.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TFirst">The type of the first result.</typeparam>
    /// <typeparam name="TSecond">The type of the second result.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    public static Aggregation<T, TResult> Combine<T, TFirst, TSecond, TResult>(
        Aggregation<T, TFirst> first,
        Aggregation<T, TSecond> second,
        Func<TFirst, TSecond, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(result);
        return first.Accept(new Combining<T, TFirst, TSecond, TResult>(second, result, $"{first.Description}, {second.Description}"));
    }

    /// <summary>Three aggregates over the same records, put together into one value, with no more cost than that of each.</summary>
    /// <param name="first">The first one.</param>
    /// <param name="second">The second one.</param>
    /// <param name="third">The third one.</param>
    /// <param name="result">The value of their results.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TFirst">The type of the first result.</typeparam>
    /// <typeparam name="TSecond">The type of the second result.</typeparam>
    /// <typeparam name="TThird">The type of the third result.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    public static Aggregation<T, TResult> Combine<T, TFirst, TSecond, TThird, TResult>(
        Aggregation<T, TFirst> first,
        Aggregation<T, TSecond> second,
        Aggregation<T, TThird> third,
        Func<TFirst, TSecond, TThird, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Combine(
            Combine(first, second, static (a, b) => (a, b)),
            third,
            (all, c) => result(all.a, all.b, c));
    }

    /// <summary>Four aggregates over the same records, put together into one value, with no more cost than that of each.</summary>
    /// <param name="first">The first one.</param>
    /// <param name="second">The second one.</param>
    /// <param name="third">The third one.</param>
    /// <param name="fourth">The fourth one.</param>
    /// <param name="result">The value of their results.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TFirst">The type of the first result.</typeparam>
    /// <typeparam name="TSecond">The type of the second result.</typeparam>
    /// <typeparam name="TThird">The type of the third result.</typeparam>
    /// <typeparam name="TFourth">The type of the fourth result.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    public static Aggregation<T, TResult> Combine<T, TFirst, TSecond, TThird, TFourth, TResult>(
        Aggregation<T, TFirst> first,
        Aggregation<T, TSecond> second,
        Aggregation<T, TThird> third,
        Aggregation<T, TFourth> fourth,
        Func<TFirst, TSecond, TThird, TFourth, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Combine(
            Combine(first, second, third, static (a, b, c) => (a, b, c)),
            fourth,
            (all, d) => result(all.a, all.b, all.c, d));
    }

    /// <summary>Five aggregates over the same records, put together into one value, with no more cost than that of each.</summary>
    /// <param name="first">The first one.</param>
    /// <param name="second">The second one.</param>
    /// <param name="third">The third one.</param>
    /// <param name="fourth">The fourth one.</param>
    /// <param name="fifth">The fifth one.</param>
    /// <param name="result">The value of their results.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TFirst">The type of the first result.</typeparam>
    /// <typeparam name="TSecond">The type of the second result.</typeparam>
    /// <typeparam name="TThird">The type of the third result.</typeparam>
    /// <typeparam name="TFourth">The type of the fourth result.</typeparam>
    /// <typeparam name="TFifth">The type of the fifth result.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    public static Aggregation<T, TResult> Combine<T, TFirst, TSecond, TThird, TFourth, TFifth, TResult>(
        Aggregation<T, TFirst> first,
        Aggregation<T, TSecond> second,
        Aggregation<T, TThird> third,
        Aggregation<T, TFourth> fourth,
        Aggregation<T, TFifth> fifth,
        Func<TFirst, TSecond, TThird, TFourth, TFifth, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Combine(
            Combine(first, second, third, fourth, static (a, b, c, d) => (a, b, c, d)),
            fifth,
            (all, e) => result(all.a, all.b, all.c, all.d, e));
    }

    /// <summary>Six aggregates over the same records, put together into one value, with no more cost than that of each.</summary>
    /// <param name="first">The first one.</param>
    /// <param name="second">The second one.</param>
    /// <param name="third">The third one.</param>
    /// <param name="fourth">The fourth one.</param>
    /// <param name="fifth">The fifth one.</param>
    /// <param name="sixth">The sixth one.</param>
    /// <param name="result">The value of their results.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <typeparam name="TFirst">The type of the first result.</typeparam>
    /// <typeparam name="TSecond">The type of the second result.</typeparam>
    /// <typeparam name="TThird">The type of the third result.</typeparam>
    /// <typeparam name="TFourth">The type of the fourth result.</typeparam>
    /// <typeparam name="TFifth">The type of the fifth result.</typeparam>
    /// <typeparam name="TSixth">The type of the sixth result.</typeparam>
    /// <typeparam name="TResult">The type of the value.</typeparam>
    public static Aggregation<T, TResult> Combine<T, TFirst, TSecond, TThird, TFourth, TFifth, TSixth, TResult>(
        Aggregation<T, TFirst> first,
        Aggregation<T, TSecond> second,
        Aggregation<T, TThird> third,
        Aggregation<T, TFourth> fourth,
        Aggregation<T, TFifth> fifth,
        Aggregation<T, TSixth> sixth,
        Func<TFirst, TSecond, TThird, TFourth, TFifth, TSixth, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Combine(
            Combine(first, second, third, fourth, fifth, static (a, b, c, d, e) => (a, b, c, d, e)),
            sixth,
            (all, f) => result(all.a, all.b, all.c, all.d, all.e, f));
    }
}
