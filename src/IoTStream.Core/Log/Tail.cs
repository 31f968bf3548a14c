namespace IoTStream.Log;

/// <summary>What stands at the end of a log behind its last whole frame.</summary>
internal enum Tail
{
    /// <summary>Nothing, or a write that was cut short or is still under way.</summary>
    Unfinished,

    /// <summary>Damage to the last commit, which may have been whole once.</summary>
    Damage,

    /// <summary>Damage to what had been committed.</summary>
    CommittedDamage,
}
