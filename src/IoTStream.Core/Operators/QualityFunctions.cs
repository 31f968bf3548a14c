using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Holds each record against rules and says what was found.</summary>
internal readonly struct QualityFunction<T>(QualityRules<T> rules) : IFunction<T, Checked<T>>
{
    public Checked<T> Invoke(T value, scoped in Batch<T> batch, int index) => rules.Result(value, rules.BrokenBy(value));
}

/// <summary>Lets records through that are not bad. Others are dealt with without being thrown through the filter's loop, unless the job fails by them.</summary>
internal readonly struct QualityFilter<T>(QualityRules<T> rules, ErrorPolicy onBroken, ErrorHandler errors) : IFunction<T, bool>
{
    public bool Invoke(T value, scoped in Batch<T> batch, int index)
    {
        ulong broken = rules.BrokenBy(value);
        if (!rules.AreBad(broken))
        {
            return true;
        }

        BrokenRulesException exception = rules.Exception(broken);
        if (onBroken == ErrorPolicy.Fail)
        {
            throw exception;
        }

        errors.Handle(exception, value, batch.Context(index));
        return false;
    }
}
