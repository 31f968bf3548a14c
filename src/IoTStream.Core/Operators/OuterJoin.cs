namespace IoTStream.Operators;

/// <summary>Which records of a join give a result although they find no partner.</summary>
[Flags]
public enum OuterJoin
{
    /// <summary>None: an inner join.</summary>
    None = 0,

    /// <summary>Those of the left stream.</summary>
    Left = 1,

    /// <summary>Those of the right stream.</summary>
    Right = 2,

    /// <summary>Those of either.</summary>
    Full = Left | Right,
}
