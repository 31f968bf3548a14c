namespace IoTStream.State;

/// <summary>
/// Keys are put into a fixed number of groups by a hash that is the same in every process and version; groups are what lanes own, so
/// that state can move between another number of lanes.
/// </summary>
internal static class KeyGroups
{
    public const int Count = 128;

    public static int Of(uint stableHash) => (int)(stableHash % Count);

    /// <summary>Deals the groups out to lanes: neighbouring groups share a lane, and each lane owns as many as the others, give or take one.</summary>
    /// <returns>The lane that owns each group.</returns>
    public static int[] Share(int lanes)
    {
        int[] owners = new int[Count];
        for (int lane = 0; lane < lanes; lane++)
        {
            int first = lane * Count / lanes;
            owners.AsSpan(first, ((lane + 1) * Count / lanes) - first).Fill(lane);
        }

        return owners;
    }
}
