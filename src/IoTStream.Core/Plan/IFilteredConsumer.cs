using IoTStream.Operators;

namespace IoTStream.Plan;

/// <summary>A step that can take over the filter before it.</summary>
internal interface IFilteredConsumer<T>
{
    /// <summary>As <see cref="IConsumer{T}.Receive"/>, for what a filter lets through; the result receives what the filter would.</summary>
    Operator<T> ReceiveFiltered<TPredicate>(
        TPredicate predicate, StepCounters whereCounters, ErrorHandler whereErrors, Compilation compilation, int lane)
        where TPredicate : struct, IFunction<T, bool>;
}
