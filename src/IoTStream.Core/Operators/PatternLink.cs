namespace IoTStream.Operators;

/// <summary>A step at its place in a pattern.</summary>
internal readonly record struct PatternLink<T>(PatternRelation Relation, PatternStep<T> Step)
{
    public bool IsNegative => Relation is PatternRelation.NotNext or PatternRelation.NotFollowedBy;
}
