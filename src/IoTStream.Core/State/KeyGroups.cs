namespace IoTStream.State;

/// <summary>
/// Keys are put into a fixed number of groups by a hash that is the same in every process and version; groups are what lanes own, so
/// that state can move between another number of lanes.
/// </summary>
internal static class KeyGroups
{
    public const int Count = 128;

    public static int Of(uint stableHash) => (int)(stableHash % Count);

    /// <summary>The lane that owns a group: neighbouring groups share a lane, and lanes own as many groups as each other, give or take one.</summary>
    public static int LaneOf(int group, int lanes) => group * lanes / Count;
}
