namespace IoTStream.State;

/// <summary>
/// Keys are put into a fixed number of groups by a hash that is the same in every process and version; groups are what lanes own, so
/// that state can move between another number of lanes.
/// </summary>
internal static class KeyGroups
{
    public const int Count = 128;

    public static int Of(uint stableHash) => (int)(stableHash % Count);

    /// <summary>Deals the groups out to lanes: neighbouring groups share a lane, and each lane owns as many as its weight says, give or take one.</summary>
    /// <param name="weights">A weight for each lane.</param>
    /// <returns>The lane that owns each group.</returns>
    public static int[] Share(IReadOnlyList<int> weights)
    {
        int total = weights.Sum();
        int[] owners = new int[Count];
        int before = 0;
        for (int lane = 0; lane < weights.Count; lane++)
        {
            int first = before * Count / total;
            before += weights[lane];
            owners.AsSpan(first, (before * Count / total) - first).Fill(lane);
        }

        return owners;
    }
}
