namespace IoTStream.Testing;

/// <summary>In which order a <see cref="TestJob"/> does what could be done. Every schedule is repeated exactly by its seed.</summary>
public enum Schedule
{
    /// <summary>Lanes step in turn, sources hand out all they have, sinks finish at once. The default.</summary>
    InTurn,

    /// <summary>As <see cref="InTurn"/>, but which lane steps next is drawn by the seed.</summary>
    Shuffled,

    /// <summary>
    /// Whatever may go wrong for a time does, as the seed draws it: lanes starve while others run on, test sources hand out what they have
    /// bit by bit, calls of test sinks take their time, between any two steps there is room for a single batch now and then, and epochs begin
    /// at moments that suit nobody.
    /// </summary>
    Hostile,
}
