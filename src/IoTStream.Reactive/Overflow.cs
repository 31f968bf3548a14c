namespace IoTStream.Reactive;

/// <summary>What happens to a value of an observable for which the buffer of its source has no room. An observable cannot be asked to wait its turn, so this has to be said.</summary>
public enum Overflow
{
    /// <summary>The job fails: nothing may be lost, and there is always to be room.</summary>
    Fail,

    /// <summary>The value that has waited longest is dropped, and counted. For readings, of which the latest matter.</summary>
    DropOldest,

    /// <summary>The value that comes is dropped, and counted.</summary>
    DropNewest,

    /// <summary>
    /// Who calls <c>OnNext</c> waits, his thread blocked, until there is room. Nothing is lost, and the observable is held back, if it can be: not one whose thread must go on, as that of a user interface.
    /// </summary>
    Wait,
}
