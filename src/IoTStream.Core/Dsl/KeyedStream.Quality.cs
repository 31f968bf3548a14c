using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

/// <content>Rules that records are held against.</content>
public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>Lets records through that are not bad by rules: good and uncertain ones. Rules that compare records of a key do so in the order of their arrival.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="onBad">What happens to a bad record, and to one on which a rule or the key throws: a dead letter of a bad one has a <see cref="BrokenRulesException"/> as its reason.</param>
    /// <returns>The records that are let through, still by key.</returns>
    public KeyedStream<TKey, T> Validate(string name, QualityRules<T> rules, ErrorPolicy onBad)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var node = new KeyedValidateNode<TKey, T>(_node, rules, onBad, name) { ErrorPolicy = onBad };
        _node.AddConsumer(node);
        return new KeyedStream<TKey, T>(_builder, _builder.Add(node));
    }

    /// <summary>Holds each record against rules and says what was found: all records stay. Rules that compare records of a key do so in the order of their arrival.</summary>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="onError">What happens to a record on which a rule or the key throws.</param>
    public DataStream<Checked<T>> Check(string name, QualityRules<T> rules, ErrorPolicy onError = ErrorPolicy.Fail)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var node = new CheckNode<TKey, T>(_node, rules, name) { ErrorPolicy = onError };
        _node.AddConsumer(node);
        return new DataStream<Checked<T>>(_builder, _builder.Add(node));
    }
}
