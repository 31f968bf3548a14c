namespace IoTStream.Runtime;

/// <summary>An exchange's sending end on a lane: holds what a step has produced until the step is over, so that it leaves in one piece.</summary>
internal interface IFlushable
{
    /// <summary>Whether something waits for room in a ring.</summary>
    bool HasUnsent { get; }

    /// <summary>Sends what there is room for.</summary>
    /// <returns>Whether anything was sent.</returns>
    bool Flush();
}
