namespace IoTStream.Plan;

/// <summary>What a step does, in the words of the DSL.</summary>
internal enum NodeKind
{
    Source,
    EventTime,
    ProcessingTime,
    Select,
    Where,
    SelectMany,
    SelectAsync,
    Chunk,
    Throttle,
    Split,
    Branch,
    Union,
    KeyBy,
    Rebalance,
    Broadcast,
    Window,
    Join,
    Pattern,
    InOrder,
    Deduplicate,
    Table,
    Process,
    SideOutput,
    Late,
    TimedOut,
    DeadLetters,
    ForEach,
    Sink,
}
