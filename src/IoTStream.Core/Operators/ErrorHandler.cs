using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Applies a step's error policy, on one lane.</summary>
internal sealed class ErrorHandler(ErrorPolicy policy, StepCounters counters, SideOutput<DeadLetter>? deadLetters)
{
    public bool IsReady => deadLetters is null || deadLetters.IsReady;

    public SideOutput<DeadLetter>? DeadLetters => deadLetters;

    /// <summary>Deals with a record that failed, or throws.</summary>
    /// <exception cref="StepException">The policy is to fail.</exception>
    public void Handle(Exception exception, object? element, RecordContext context)
    {
        counters.Errors++;
        switch (policy)
        {
            case ErrorPolicy.Skip:
                counters.Dropped++;
                break;
            case ErrorPolicy.DeadLetter:
                Add(new DeadLetter
                {
                    Step = counters.Step,
                    Partition = context.Partition,
                    Reason = exception,
                    Element = element,
                    Timestamp = context.Timestamp,
                    Headers = context.Headers,
                });
                break;
            case ErrorPolicy.Fail:
            default:
                throw new StepException(counters.Step, exception);
        }
    }

    /// <summary>Puts aside what a source could not decode. Without a consumer of dead letters it is counted as dropped.</summary>
    public void Add(DeadLetter letter)
    {
        counters.DeadLetters++;
        if (deadLetters is null)
        {
            counters.Dropped++;
            return;
        }

        deadLetters.Add(letter, new RecordContext(letter.Timestamp.UtcTicks, new RecordOrigin(letter.Partition, letter.Headers)));
    }
}
