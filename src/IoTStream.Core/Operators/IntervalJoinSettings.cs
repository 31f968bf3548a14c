using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>
/// Which records join, in ticks: a right one that is at least <paramref name="Lower"/> and at most <paramref name="Upper"/> later than a left
/// one. Each is kept for <paramref name="AllowedLateness"/> longer than its partners can be on time.
/// </summary>
internal readonly record struct IntervalJoinSettings(long Lower, long Upper, long AllowedLateness, OuterJoin Outer)
{
    /// <summary>How much event time passes while a record is kept, at most.</summary>
    public long Retention => Ticks.Add(Ticks.Add(Math.Max(0, Upper), Math.Max(0, -Lower)), AllowedLateness);
}
