namespace IoTStream.Simulation.Jobs;

/// <summary>What can be relied on where a step is to be added, so that its results do not depend on who is faster.</summary>
[Flags]
internal enum Traits
{
    None = 0,

    /// <summary>The records of a key always come in the same order.</summary>
    Ordered = 1,

    /// <summary>The timestamp of a record is always the same, and no record is late.</summary>
    Timely = 2,

    Both = Ordered | Timely,

    /// <summary>No records of different partitions have been mixed.</summary>
    Fresh = 4,

    All = Both | Fresh,
}
