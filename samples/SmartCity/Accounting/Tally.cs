namespace SmartCity.Accounting;

/// <summary>What an audit has counted so far.</summary>
/// <param name="Received">Messages that reached the pipeline, each counted once.</param>
/// <param name="Decoded">Messages that could be decoded, plausible or not.</param>
/// <param name="DeadLettered">Messages that could not be decoded, or were not plausible.</param>
/// <param name="Late">Readings that came after their window had given its result.</param>
/// <param name="Windows">Results of windows.</param>
/// <param name="Alerts">Alerts.</param>
/// <param name="Duplicated">Messages that came once more than they should have.</param>
/// <param name="Unknown">Messages that nobody has sent.</param>
/// <param name="LastArrival">When, by the clock's timestamps, the last reading came.</param>
internal readonly record struct Tally(
    long Received, long Decoded, long DeadLettered, long Late, long Windows, long Alerts, long Duplicated, long Unknown, long LastArrival);
