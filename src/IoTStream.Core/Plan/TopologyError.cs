namespace IoTStream.Plan;

/// <summary>Something that is wrong with a topology, and what to do about it.</summary>
/// <param name="Code">A stable short name of the kind of error, such as <c>duplicate-name</c>.</param>
/// <param name="Step">The step that it concerns; empty if it concerns the whole.</param>
/// <param name="Message">What is wrong and what can be done.</param>
public sealed record TopologyError(string Code, string Step, string Message);
