using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Holds the records of each key against rules and says what was found.</summary>
internal sealed class CheckOperator<TKey, T> : KeyedOperator<TKey, T, Checked<T>>
    where TKey : notnull
{
    private readonly QualityRules<T> _rules;
    private readonly SequenceRuleStates<TKey, T> _states;

    public CheckOperator(
        QualityRules<T> rules, KeySelector<T, TKey> key, Operator<Checked<T>> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
        : base(key, [], next, counters, errors, context)
    {
        _rules = rules;
        _states = new SequenceRuleStates<TKey, T>(rules, context, State);
    }

    protected override void OnRecord(TKey key, T value, RecordContext context)
    {
        Checked<T> result = _rules.Result(value, _states.BrokenBy(key, value, context));
        Emit(context.TimestampTicks, in result, context.Origin);
    }
}
