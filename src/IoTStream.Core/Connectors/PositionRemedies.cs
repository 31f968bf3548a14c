namespace IoTStream.Connectors;

/// <summary>What to say when a source cannot go on where the epoch log says that it was.</summary>
internal static class PositionRemedies
{
    /// <summary>The position was written by a source of another kind.</summary>
    public static InvalidDataException OfAnotherKind(SourcePartition partition) => new(
        $"The position of the partition '{partition.Name}' in the epoch log was written by a source of another kind than '{partition.Source}' has now. " +
        $"Use the source that it was, or {BeginAnew(partition)}.");

    /// <summary>How to begin anew, as the end of a sentence.</summary>
    public static string BeginAnew(SourcePartition partition) =>
        $"have the source read from the beginning by starting once with JobOptions.DropState = [\"{partition.Source}\"]";
}
