using IoTStream.Time;

namespace IoTStream.State;

/// <summary>
/// How far the keys of a lane have got in event time. Where keys of several lanes come together after a restart, the lane goes on from where the slowest of
/// those lanes was. What the watermark of another one had made due for its keys has been done, though, and what it had made late is late: such keys are ahead
/// of the lane until that has caught up.
/// </summary>
/// <param name="name">The name.</param>
/// <param name="get">The lane's watermark now.</param>
/// <param name="set">Takes over the watermark from which the lane goes on.</param>
internal sealed class KeyWatermarks<TKey>(string name, Func<long> get, Action<long> set) : LaneState(name)
    where TKey : notnull
{
    private KeyOwnership<TKey>? _keys;

    /// <summary>The lane's key groups, a bit each; none if that is not known.</summary>
    private UInt128 _groups;

    /// <summary>The watermark of each key group; null if none is ahead of the lane.</summary>
    private long[]? _ahead;
    private long _furthest;

    /// <summary>Whether there may be keys that are ahead of the lane.</summary>
    public bool AreUneven => _ahead is not null;

    public override string Format => "watermarks of key groups";

    /// <summary>The lane's watermark.</summary>
    public long OfLane => get();

    /// <summary>The watermark that a key goes by.</summary>
    public long Of(TKey key) => Math.Max(get(), StartOf(key));

    /// <summary>How far a key was when the lane began, as far as that is still to be minded.</summary>
    public long StartOf(TKey key) => _ahead is null ? Watermark.None : _ahead[_keys!.GroupOf(key)];

    /// <summary>The lane has got further.</summary>
    public void Reach(long watermark)
    {
        if (watermark >= _furthest)
        {
            _ahead = null;
        }
    }

    public override void SetOwnership(KeyOwnership? ownership)
    {
        _keys = (KeyOwnership<TKey>?)ownership;
        _groups = GroupsWhere(group => _keys?.OwnsGroup(group) == true);
    }

    /// <summary>Writes the lane's watermark, its key groups, and which of them are ahead of the lane by how much.</summary>
    public override void Write(StateWriter writer)
    {
        long watermark = get();
        UInt128 ahead = _ahead is null ? 0 : _groups & GroupsWhere(group => _ahead[group] > watermark);
        writer.Write(watermark);
        writer.Write(_groups);
        writer.Write(ahead);
        for (int group = 0; group < KeyGroups.Count; group++)
        {
            if (IsIn(ahead, group))
            {
                writer.Write(_ahead![group]);
            }
        }
    }

    public override void Restore(IReadOnlyList<ReadOnlyMemory<byte>> lanes, string format, LanePlace place)
    {
        long least = Watermark.End;
        long leastOfOwn = Watermark.End;
        bool hasOwn = false;
        long[] reached = new long[KeyGroups.Count];
        Array.Fill(reached, Watermark.None);
        foreach (ReadOnlyMemory<byte> lane in lanes)
        {
            var reader = new StateReader(lane.Span);
            long watermark = reader.Read<long>();
            UInt128 groups = reader.Read<UInt128>();
            UInt128 ahead = reader.Read<UInt128>();
            least = Math.Min(least, watermark);
            for (int group = 0; group < KeyGroups.Count; group++)
            {
                long ofGroup = IsIn(ahead, group) ? reader.Read<long>() : watermark;
                if (IsIn(groups & _groups, group))
                {
                    hasOwn = true;
                    reached[group] = ofGroup;
                    leastOfOwn = Math.Min(leastOfOwn, ofGroup);
                }
            }
        }

        long start = hasOwn ? leastOfOwn : least;
        _furthest = reached.Max();
        _ahead = _furthest > start ? reached : null;
        set(start);
    }

    private static bool IsIn(UInt128 groups, int group) => ((groups >> group) & 1) != 0;

    private static UInt128 GroupsWhere(Func<int, bool> condition)
    {
        UInt128 groups = 0;
        for (int group = 0; group < KeyGroups.Count; group++)
        {
            groups |= condition(group) ? (UInt128)1 << group : 0;
        }

        return groups;
    }
}
