namespace SmartCity.Simulation;

/// <summary>What goes wrong with a reading on its way.</summary>
internal enum Fate
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is held back for an interval, and comes after later ones: out of order, but within the bound.</summary>
    HeldBack,

    /// <summary>It is one from a buffer, of a time whose window has given its result.</summary>
    Late,

    /// <summary>Its payload is cut off.</summary>
    CutOff,

    /// <summary>Its payload has text where a number belongs.</summary>
    Mistyped,

    /// <summary>It is well-formed, but no sensor in working order measures such a thing.</summary>
    Implausible,
}
