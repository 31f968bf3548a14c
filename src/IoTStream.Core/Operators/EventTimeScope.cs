namespace IoTStream.Operators;

/// <summary>What an operator that assigns event time has to know beyond its own input.</summary>
/// <param name="sources">The sources on its lane that its input comes from.</param>
/// <param name="activity">When its step last had a record, on any lane.</param>
/// <param name="alignment">Its place in a group of sources that are kept together; null if there is none.</param>
internal sealed class EventTimeScope(IReadOnlyList<SourceHold> sources, InputActivity activity, AlignmentMember? alignment = null)
{
    public AlignmentMember? Alignment => alignment;

    public InputActivity Activity => activity;

    /// <summary>Whether silence means nothing, because a source is not read at present.</summary>
    public bool IsHeldBack => SourceHold.Any(sources);
}
