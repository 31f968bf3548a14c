using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Time;

namespace IoTStream.Dsl;

/// <content>Patterns.</content>
public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>Finds matches of a pattern in the records of each key, in the order of their timestamps, however they come.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="afterMatch">What becomes of other matches once one has been found.</param>
    /// <param name="result">The result of a match.</param>
    /// <param name="onError">
    /// What happens to a record on which the key or a condition throws, or which would exceed <see cref="Pattern{T}.KeepingAtMost"/>: partial matches stay as if
    /// it had not come. If the result of a match throws, it is the last record of the match.
    /// </param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <returns>
    /// The results. Each bears the timestamp of the record that made the match certain: the last one of the match, unless something had to be waited for;
    /// if nothing came, the moment at which the time was over.
    /// </returns>
    public DataStream<TResult> Match<TResult>(
        string name, Pattern<T> pattern, AfterMatch afterMatch, Func<TKey, Match<T>, TResult> result, ErrorPolicy onError = ErrorPolicy.Fail) =>
        Match(name, pattern, afterMatch, result, out _, onError);

    /// <inheritdoc cref="Match{TResult}(string, Pattern{T}, AfterMatch, Func{TKey, Match{T}, TResult}, ErrorPolicy)"/>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="afterMatch">What becomes of other matches once one has been found.</param>
    /// <param name="result">The result of a match.</param>
    /// <param name="late">The records that came when the watermark had passed their timestamps.</param>
    /// <param name="onError">What happens to a record on which the key, a condition or the result throws.</param>
    public DataStream<TResult> Match<TResult>(
        string name,
        Pattern<T> pattern,
        AfterMatch afterMatch,
        Func<TKey, Match<T>, TResult> result,
        out DataStream<T> late,
        ErrorPolicy onError = ErrorPolicy.Fail)
    {
        PatternNode<TKey, T, TResult, TResult> node = AddPattern<TResult, TResult>(name, pattern, afterMatch, result, timedOutResult: null, onError);
        late = new DataStream<T>(_builder, _builder.Add(node.Late));
        return new DataStream<TResult>(_builder, node);
    }

    /// <inheritdoc cref="Match{TResult}(string, Pattern{T}, AfterMatch, Func{TKey, Match{T}, TResult}, ErrorPolicy)"/>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="pattern">The pattern, which has to have a limit of time.</param>
    /// <param name="afterMatch">What becomes of other matches once one has been found.</param>
    /// <param name="result">The result of a match.</param>
    /// <param name="timedOutResult">The result of a partial match whose time was over.</param>
    /// <param name="timedOut">The partial matches whose time was over; each bears the timestamp at which it was.</param>
    /// <param name="late">The records that came when the watermark had passed their timestamps.</param>
    /// <param name="onError">What happens to a record on which the key, a condition or a result throws.</param>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <typeparam name="TTimedOut">The type of what is said of partial matches.</typeparam>
    public DataStream<TResult> Match<TResult, TTimedOut>(
        string name,
        Pattern<T> pattern,
        AfterMatch afterMatch,
        Func<TKey, Match<T>, TResult> result,
        Func<TKey, Match<T>, TTimedOut> timedOutResult,
        out DataStream<TTimedOut> timedOut,
        out DataStream<T> late,
        ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(timedOutResult);
        PatternNode<TKey, T, TResult, TTimedOut> node = AddPattern(name, pattern, afterMatch, result, timedOutResult, onError);
        timedOut = new DataStream<TTimedOut>(_builder, _builder.Add(node.TimedOut));
        late = new DataStream<T>(_builder, _builder.Add(node.Late));
        return new DataStream<TResult>(_builder, node);
    }

    private PatternNode<TKey, T, TResult, TTimedOut> AddPattern<TResult, TTimedOut>(
        string name,
        Pattern<T> pattern,
        AfterMatch afterMatch,
        Func<TKey, Match<T>, TResult> result,
        Func<TKey, Match<T>, TTimedOut>? timedOutResult,
        ErrorPolicy onError)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(afterMatch);
        ArgumentNullException.ThrowIfNull(result);
        var description = new PatternDescription<T>(
            pattern.Links,
            pattern.Time is { } time ? Math.Min(time.Ticks, Ticks.Forever) : PatternSettings.AnyTime,
            pattern.MaxKept,
            afterMatch.Strategy,
            afterMatch.Step,
            $"{pattern}; {afterMatch}");
        var node = new PatternNode<TKey, T, TResult, TTimedOut>(_node, description, result, timedOutResult, name) { ErrorPolicy = onError };
        _node.AddConsumer(node);
        return _builder.Add(node);
    }
}
