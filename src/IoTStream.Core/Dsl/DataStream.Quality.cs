using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <content>Rules that records are held against.</content>
public sealed partial class DataStream<T>
{
    /// <summary>Lets records through that are not bad by rules: good and uncertain ones.</summary>
    /// <param name="rules">The rules. None of them may compare records of a key: for such rules call <c>KeyBy</c> before.</param>
    /// <param name="onBad">What happens to a bad record, and to one on which a rule throws: a dead letter of a bad one has a <see cref="BrokenRulesException"/> as its reason.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <exception cref="ArgumentException">A rule compares records of a key.</exception>
    public DataStream<T> Validate(QualityRules<T> rules, ErrorPolicy onBad, string? name = null) =>
        Append(new ValidateNode<T>(Node, WithoutSequences(rules), onBad, name) { ErrorPolicy = onBad });

    /// <summary>Holds each record against rules and says what was found: all records stay.</summary>
    /// <param name="rules">The rules. None of them may compare records of a key: for such rules call <c>KeyBy</c> before.</param>
    /// <param name="onError">What happens to a record on which a rule throws.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <exception cref="ArgumentException">A rule compares records of a key.</exception>
    public DataStream<Checked<T>> Check(QualityRules<T> rules, ErrorPolicy onError = ErrorPolicy.Fail, string? name = null) =>
        Select<Checked<T>, QualityFunction<T>>(new(WithoutSequences(rules)), onError, name);

    private static QualityRules<T> WithoutSequences(QualityRules<T> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return rules.Sequences.IsEmpty
            ? rules
            : throw new ArgumentException($"The rule '{rules.Sequences[0].Name}' compares records of the same key: call KeyBy before.", nameof(rules));
    }
}
