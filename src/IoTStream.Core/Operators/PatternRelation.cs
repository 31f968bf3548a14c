namespace IoTStream.Operators;

/// <summary>How a step of a pattern relates to the one before it.</summary>
internal enum PatternRelation
{
    /// <summary>It is the first.</summary>
    Begin,

    /// <summary>It takes the very next record or none.</summary>
    Next,

    /// <summary>It takes the next record for which its condition holds.</summary>
    FollowedBy,

    /// <summary>It takes any later record for which its condition holds.</summary>
    FollowedByAny,

    /// <summary>The very next record must not be one for which its condition holds.</summary>
    NotNext,

    /// <summary>No record for which its condition holds may come before the next step's, or before the time is over.</summary>
    NotFollowedBy,
}
