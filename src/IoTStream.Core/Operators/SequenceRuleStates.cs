using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>What the rules that compare records of a key remember, on one lane.</summary>
internal sealed class SequenceRuleStates<TKey, T>
    where TKey : notnull
{
    private readonly QualityRules<T> _rules;
    private readonly ValueState<(double Number, long Timestamp)>[] _remembered;
    private readonly KeyedStore<TKey> _store;

    public SequenceRuleStates(QualityRules<T> rules, OperatorContext context, StepState? durable)
    {
        _rules = rules;
        var states = new StateSet();
        _remembered = [.. rules.Sequences.Select(rule => states.Value<(double, long)>(rule.Name))];
        _store = new KeyedStore<TKey>(states, hasEventTime: false, context.TimeProvider);
        durable?.Add(_store.Durable("rules", durable.Serializers.Of<TKey>(), durable.Serializers));
    }

    /// <summary>The bits of all rules that a record breaks. It is remembered where it is to be.</summary>
    public ulong BrokenBy(TKey key, T value, RecordContext context)
    {
        ulong broken = _rules.BrokenBy(value);
        if (_rules.AreBad(broken))
        {
            return broken;
        }

        _store.Enter(key, context);
        try
        {
            for (int i = 0; i < _remembered.Length; i++)
            {
                SequenceRule<T> rule = _rules.Sequences[i];
                if (rule.Number(value) is not { } number || double.IsNaN(number))
                {
                    continue;
                }

                Judgement judgement = _remembered[i].TryGet(out (double Number, long Timestamp) last)
                    ? rule.Judge(new Remembered(last.Number, last.Timestamp), new Remembered(number, context.TimestampTicks))
                    : new Judgement(IsKept: true, Remembers: true);
                broken |= judgement.IsKept ? 0 : rule.Bit;
                if (judgement.Remembers)
                {
                    _remembered[i].Value = (number, context.TimestampTicks);
                }
            }
        }
        finally
        {
            _store.Leave();
        }

        return broken;
    }
}
