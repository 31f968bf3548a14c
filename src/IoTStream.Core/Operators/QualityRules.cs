using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace IoTStream.Operators;

/// <summary>What records are to be like. Each rule has a name, which says in dead letters and in checked records what was wrong, and a quality that records have which break it.</summary>
/// <remarks>
/// Immutable and thread-safe: each method gives new rules. <see cref="RateOfChange"/> and <see cref="MonotonicCounter"/> compare records of the same key, so they need a stream that has
/// keys; they pass over records that other rules find bad.
/// </remarks>
/// <typeparam name="T">The type of the records.</typeparam>
public sealed class QualityRules<T>
{
    private const int Most = 64;

    private readonly ImmutableArray<string> _names;
    private readonly ImmutableArray<QualityRule<T>> _rules;

    /// <summary>The bits of the rules that make a record bad.</summary>
    private readonly ulong _bad;

    private readonly ConcurrentDictionary<ulong, IReadOnlyList<string>> _brokenNames = new();

    private QualityRules(ImmutableArray<string> names, ImmutableArray<QualityRule<T>> rules, ImmutableArray<SequenceRule<T>> sequences, ulong bad)
    {
        _names = names;
        _rules = rules;
        Sequences = sequences;
        _bad = bad;
    }

    /// <summary>No rules: what others are added to.</summary>
    public static QualityRules<T> None { get; } = new([], [], [], 0);

    /// <summary>The rules that compare a record with earlier ones of its key.</summary>
    internal ImmutableArray<SequenceRule<T>> Sequences { get; }

    /// <summary>A condition.</summary>
    /// <param name="name">The name of the rule.</param>
    /// <param name="isKept">Whether a record keeps it.</param>
    /// <param name="otherwise">The quality of records that break it; by default they are bad.</param>
    /// <exception cref="ArgumentException">The name is empty or taken, records that break the rule would be good, or there are 64 rules already.</exception>
    public QualityRules<T> That(string name, Func<T, bool> isKept, Quality otherwise = Quality.Bad)
    {
        ArgumentNullException.ThrowIfNull(isKept);
        return Add(name, otherwise, (rules, bit) => (rules.Rules.Add(new QualityRule<T>(bit, isKept)), rules.Sequences));
    }

    /// <summary>A value has to be there: not null, for a text not empty, for a number not NaN.</summary>
    /// <param name="name">The name of the rule.</param>
    /// <param name="value">The value.</param>
    /// <param name="otherwise">The quality of records that break it; by default they are bad.</param>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    /// <exception cref="ArgumentException">As of <see cref="That"/>.</exception>
    public QualityRules<T> Required<TValue>(string name, Func<T, TValue?> value, Quality otherwise = Quality.Bad)
    {
        ArgumentNullException.ThrowIfNull(value);
        return That(name, record => value(record) is not (null or "" or double.NaN or float.NaN), otherwise);
    }

    /// <summary>A number has to lie between two others, or be one of them. A record without the number keeps the rule, one with NaN breaks it.</summary>
    /// <param name="name">The name of the rule.</param>
    /// <param name="number">The number, or null if a record has none.</param>
    /// <param name="least">The least allowed.</param>
    /// <param name="most">The greatest allowed.</param>
    /// <param name="otherwise">The quality of records that break it; by default they are bad.</param>
    /// <exception cref="ArgumentException">As of <see cref="That"/>; or nothing lies between the two.</exception>
    public QualityRules<T> InRange(string name, Func<T, double?> number, double least, double most, Quality otherwise = Quality.Bad)
    {
        ArgumentNullException.ThrowIfNull(number);
        return least <= most
            ? That(name, record => number(record) is not { } found || (found >= least && found <= most), otherwise)
            : throw new ArgumentException($"No number lies between {least} and {most}: give the least first, then the greatest.", nameof(most));
    }

    /// <summary>A unit has to be one of those that are known. A record without a unit breaks the rule.</summary>
    /// <param name="name">The name of the rule.</param>
    /// <param name="unit">The unit, as in <c>Cel</c> or <c>kWh</c>; compared letter by letter.</param>
    /// <param name="units">The units that are known, at least one.</param>
    /// <param name="otherwise">The quality of records that break it; by default they are bad.</param>
    /// <exception cref="ArgumentException">As of <see cref="That"/>; or no unit is known.</exception>
    public QualityRules<T> Unit(string name, Func<T, string?> unit, IEnumerable<string> units, Quality otherwise = Quality.Bad)
    {
        ArgumentNullException.ThrowIfNull(unit);
        ArgumentNullException.ThrowIfNull(units);
        var known = units.ToHashSet(StringComparer.Ordinal);
        return known.Count > 0
            ? That(name, record => unit(record) is { } found && known.Contains(found), otherwise)
            : throw new ArgumentException("Name at least one unit that is known.", nameof(units));
    }

    /// <summary>
    /// A number may not change faster than a rate from one record of a key to another. Each is compared with the latest one, by its timestamp, that kept the rule: so one
    /// outlier does not make the records after it break the rule, and a lasting change is accepted once enough time has passed for it. The first record of a key keeps the rule.
    /// </summary>
    /// <param name="name">The name of the rule, the same over restarts.</param>
    /// <param name="number">The number, or null if a record has none; a record without it, or with NaN, is not compared.</param>
    /// <param name="most">By how much it may change, up or down, at most; zero or more.</param>
    /// <param name="per">In which time; more than zero.</param>
    /// <param name="otherwise">The quality of records that break it; by default they are bad.</param>
    /// <exception cref="ArgumentException">As of <see cref="That"/>; or the rate is not one.</exception>
    public QualityRules<T> RateOfChange(string name, Func<T, double?> number, double most, TimeSpan per, Quality otherwise = Quality.Bad)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(per, TimeSpan.Zero);
        if (!(most >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(most), most, "A number changes by zero or more.");
        }

        double mostATick = most / per.Ticks;
        return Compare(name, number, otherwise, (last, next) =>
        {
            double ticks = Math.Abs((double)next.Timestamp - last.Timestamp);
            bool isKept = Math.Abs(next.Number - last.Number) <= mostATick * ticks;
            return new Judgement(isKept, isKept && next.Timestamp >= last.Timestamp);
        });
    }

    /// <summary>
    /// A number of a key may not fall with time. Each is compared with the latest one by timestamp; a fall is found once, and what follows is compared with what it fell to, as when a
    /// meter was replaced.
    /// </summary>
    /// <param name="name">The name of the rule, the same over restarts.</param>
    /// <param name="number">The number, or null if a record has none; a record without it, or with NaN, is not compared.</param>
    /// <param name="otherwise">The quality of records that break it; by default they are bad.</param>
    /// <exception cref="ArgumentException">As of <see cref="That"/>.</exception>
    public QualityRules<T> MonotonicCounter(string name, Func<T, double?> number, Quality otherwise = Quality.Bad) =>
        Compare(name, number, otherwise, static (last, next) => next.Timestamp >= last.Timestamp
            ? new Judgement(next.Number >= last.Number, Remembers: true)
            : new Judgement(next.Number <= last.Number, Remembers: false));

    /// <summary>The bits of the rules that a record breaks by itself.</summary>
    internal ulong BrokenBy(T record)
    {
        ulong broken = 0;
        foreach (QualityRule<T> rule in _rules)
        {
            if (!rule.IsKept(record))
            {
                broken |= rule.Bit;
            }
        }

        return broken;
    }

    internal bool AreBad(ulong broken) => (broken & _bad) != 0;

    internal Checked<T> Result(T record, ulong broken) =>
        new(record, broken == 0 ? Quality.Good : AreBad(broken) ? Quality.Bad : Quality.Uncertain, NamesOf(broken));

    internal BrokenRulesException Exception(ulong broken) => new(NamesOf(broken));

    private IReadOnlyList<string> NamesOf(ulong broken) => broken == 0
        ? []
        : _brokenNames.GetOrAdd(broken, static (broken, names) => [.. names.Where((_, place) => (broken & (1UL << place)) != 0)], _names);

    private QualityRules<T> Compare(string name, Func<T, double?> number, Quality otherwise, Func<Remembered, Remembered, Judgement> judge)
    {
        ArgumentNullException.ThrowIfNull(number);
        return Add(name, otherwise, (rules, bit) => (rules.Rules, rules.Sequences.Add(new SequenceRule<T>(name, bit, number, judge))));
    }

    private QualityRules<T> Add(
        string name,
        Quality otherwise,
        Func<(ImmutableArray<QualityRule<T>> Rules, ImmutableArray<SequenceRule<T>> Sequences), ulong, (ImmutableArray<QualityRule<T>> Rules, ImmutableArray<SequenceRule<T>> Sequences)> add)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (_names.Contains(name, StringComparer.Ordinal))
        {
            throw new ArgumentException($"There are two rules named '{name}': a name says which rule was broken.", nameof(name));
        }

        if (otherwise is not (Quality.Uncertain or Quality.Bad))
        {
            throw new ArgumentException($"A record that breaks a rule is uncertain or bad, not {otherwise}.", nameof(otherwise));
        }

        if (_names.Length == Most)
        {
            throw new ArgumentException($"There are {Most} rules already. Check the records in two steps.", nameof(name));
        }

        ulong bit = 1UL << _names.Length;
        (ImmutableArray<QualityRule<T>> rules, ImmutableArray<SequenceRule<T>> sequences) = add((_rules, Sequences), bit);
        return new QualityRules<T>(_names.Add(name), rules, sequences, otherwise == Quality.Bad ? _bad | bit : _bad);
    }
}
