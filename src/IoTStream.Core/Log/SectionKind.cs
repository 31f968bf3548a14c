namespace IoTStream.Log;

/// <summary>What a section of an epoch holds.</summary>
internal enum SectionKind : byte
{
    /// <summary>State entries that changed in the epoch.</summary>
    Changes = 1,

    /// <summary>State entries that did not, as the epoch's share of the rolling snapshot.</summary>
    Share = 2,

    /// <summary>Where sources go on: a value for each partition. Each epoch has those of all of them.</summary>
    Positions = 3,

    /// <summary>What a sink is to apply as one, in order.</summary>
    Outbox = 4,
}
