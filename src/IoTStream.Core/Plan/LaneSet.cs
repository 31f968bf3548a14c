namespace IoTStream.Plan;

/// <summary>The lanes on which a node has an instance, in ascending order.</summary>
internal sealed class LaneSet
{
    private readonly int[] _lanes;

    public LaneSet(params IEnumerable<int> lanes) => _lanes = [.. lanes.Distinct().Order()];

    public int Count => _lanes.Length;

    public IReadOnlyList<int> Lanes => _lanes;

    public static LaneSet All(int lanes) => new(Enumerable.Range(0, lanes));

    public static LaneSet Union(IEnumerable<LaneSet> sets) => new(sets.SelectMany(set => set._lanes));

    public bool Contains(int lane) => Array.BinarySearch(_lanes, lane) >= 0;

    public int IndexOf(int lane) => Array.BinarySearch(_lanes, lane);
}
