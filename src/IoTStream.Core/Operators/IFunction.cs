using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>
/// A user's function as a type argument, so that an operator is written once for functions with and without a record context and
/// the just-in-time compiler still inlines the call.
/// </summary>
internal interface IFunction<TIn, out TOut>
{
    TOut Invoke(TIn value, RecordContext context);
}

internal readonly struct PlainFunction<TIn, TOut>(Func<TIn, TOut> function) : IFunction<TIn, TOut>
{
    public TOut Invoke(TIn value, RecordContext context) => function(value);
}

internal readonly struct ContextFunction<TIn, TOut>(Func<TIn, RecordContext, TOut> function) : IFunction<TIn, TOut>
{
    public TOut Invoke(TIn value, RecordContext context) => function(value, context);
}
