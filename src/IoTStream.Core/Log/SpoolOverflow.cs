namespace IoTStream.Log;

/// <summary>What becomes of records for which a <see cref="Spool"/> has no room.</summary>
public enum SpoolOverflow
{
    /// <summary>Whoever brings them waits until enough has been forwarded: nothing is lost, and the pipeline is held back.</summary>
    HoldBack,

    /// <summary>The oldest records that wait are dropped for them, a file at a time, and counted.</summary>
    DropOldest,

    /// <summary>They are dropped themselves, and counted.</summary>
    DropNewest,
}
