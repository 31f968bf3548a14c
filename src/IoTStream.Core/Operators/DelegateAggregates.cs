using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>An aggregate made of three functions.</summary>
internal readonly struct DelegateAggregate<T, TAccumulator, TResult>(
    Func<TAccumulator> create, Func<TAccumulator, T, TAccumulator> add, Func<TAccumulator, TResult> result)
    : IAggregate<T, TAccumulator, TResult>
{
    public TAccumulator Create() => create();

    public void Add(ref TAccumulator accumulator, T value, RecordContext context) => accumulator = add(accumulator, value);

    public TResult GetResult(in TAccumulator accumulator) => result(accumulator);
}

/// <summary>An aggregate made of three functions, the second of which is given the record's context.</summary>
internal readonly struct ContextDelegateAggregate<T, TAccumulator, TResult>(
    Func<TAccumulator> create, Func<TAccumulator, T, RecordContext, TAccumulator> add, Func<TAccumulator, TResult> result)
    : IAggregate<T, TAccumulator, TResult>
{
    public TAccumulator Create() => create();

    public void Add(ref TAccumulator accumulator, T value, RecordContext context) => accumulator = add(accumulator, value, context);

    public TResult GetResult(in TAccumulator accumulator) => result(accumulator);
}

/// <summary>An aggregate made of functions, with one that merges.</summary>
internal readonly struct MergeableDelegateAggregate<T, TAccumulator, TResult>(
    Func<TAccumulator> create,
    Func<TAccumulator, T, TAccumulator> add,
    Func<TAccumulator, TResult> result,
    Func<TAccumulator, TAccumulator, TAccumulator> merge)
    : IMergeableAggregate<T, TAccumulator, TResult>
{
    public TAccumulator Create() => create();

    public void Add(ref TAccumulator accumulator, T value, RecordContext context) => accumulator = add(accumulator, value);

    public void Merge(ref TAccumulator accumulator, in TAccumulator other) => accumulator = merge(accumulator, other);

    public TResult GetResult(in TAccumulator accumulator) => result(accumulator);
}

/// <summary>An aggregate made of functions, with one that merges and one that subtracts.</summary>
internal readonly struct InvertibleDelegateAggregate<T, TAccumulator, TResult>(
    Func<TAccumulator> create,
    Func<TAccumulator, T, TAccumulator> add,
    Func<TAccumulator, TResult> result,
    Func<TAccumulator, TAccumulator, TAccumulator> merge,
    Func<TAccumulator, TAccumulator, TAccumulator> subtract)
    : IInvertibleAggregate<T, TAccumulator, TResult>
{
    public TAccumulator Create() => create();

    public void Add(ref TAccumulator accumulator, T value, RecordContext context) => accumulator = add(accumulator, value);

    public void Merge(ref TAccumulator accumulator, in TAccumulator other) => accumulator = merge(accumulator, other);

    public void Subtract(ref TAccumulator accumulator, in TAccumulator other) => accumulator = subtract(accumulator, other);

    public TResult GetResult(in TAccumulator accumulator) => result(accumulator);
}
