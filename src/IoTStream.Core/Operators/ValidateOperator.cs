using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Lets the records of each key through that are not bad by rules some of which compare them with earlier ones.</summary>
internal sealed class ValidateOperator<TKey, T> : KeyedOperator<TKey, T, T>
    where TKey : notnull
{
    private readonly QualityRules<T> _rules;
    private readonly SequenceRuleStates<TKey, T> _states;

    public ValidateOperator(
        QualityRules<T> rules, KeySelector<T, TKey> key, Operator<T> next, StepCounters counters, ErrorHandler errors, OperatorContext context)
        : base(key, [], next, counters, errors, context)
    {
        _rules = rules;
        _states = new SequenceRuleStates<TKey, T>(rules, context, State);
    }

    protected override void OnRecord(TKey key, T value, RecordContext context)
    {
        ulong broken = _states.BrokenBy(key, value, context);
        if (_rules.AreBad(broken))
        {
            Errors.Handle(_rules.Exception(broken), value, context);
            return;
        }

        Emit(context.TimestampTicks, in value, context.Origin);
    }
}
