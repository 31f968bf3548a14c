namespace IoTStream.Operators;

/// <summary>What happens to a record on which a step's function throws.</summary>
public enum ErrorPolicy
{
    /// <summary>The job fails with the exception as the cause. The default: nothing is lost without somebody having said so.</summary>
    Fail,

    /// <summary>The record is dropped and counted.</summary>
    Skip,

    /// <summary>The record goes to the topology's dead letters, with the exception and where it came from.</summary>
    DeadLetter,
}
