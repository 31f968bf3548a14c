using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>Applies a step's error policy, on one lane.</summary>
/// <param name="policy">What happens to records that fail.</param>
/// <param name="counters">Counts them.</param>
/// <param name="deadLetters">Takes those that are put aside; null if nobody does.</param>
/// <param name="poison">Knows which have failed before; null if the job does not restart.</param>
internal sealed class ErrorHandler(ErrorPolicy policy, StepCounters counters, SideOutput<DeadLetter>? deadLetters, PoisonRecords? poison = null)
{
    public bool IsReady => deadLetters is null || deadLetters.IsReady;

    public SideOutput<DeadLetter>? DeadLetters => deadLetters;

    /// <summary>Deals with a record that failed, or throws.</summary>
    /// <exception cref="StepException">The policy is to fail, and the record has not failed too often.</exception>
    public void Handle(Exception exception, object? element, RecordContext context)
    {
        counters.Errors++;
        switch (policy)
        {
            case ErrorPolicy.Skip:
                counters.Dropped++;
                break;
            case ErrorPolicy.DeadLetter:
            case ErrorPolicy.Fail when deadLetters is not null && poison?.IsTooMuch(counters.Step, element, context.TimestampTicks, exception) is true:
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
