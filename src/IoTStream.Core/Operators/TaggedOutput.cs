namespace IoTStream.Operators;

/// <summary>Where what goes to a tag ends up on a lane.</summary>
internal sealed record TaggedOutput(OutputTag Tag, SideOutput Output);
