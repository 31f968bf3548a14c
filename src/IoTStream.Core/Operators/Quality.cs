namespace IoTStream.Operators;

/// <summary>How far a record can be trusted, in the three steps of OPC UA (part 8, section 6.3): the worst of what the rules that it breaks say.</summary>
public enum Quality
{
    /// <summary>It breaks no rule.</summary>
    Good,

    /// <summary>It may be right: it is used with care.</summary>
    Uncertain,

    /// <summary>It is not to be used.</summary>
    Bad,
}
