namespace IoTStream.Benchmarks.Macro;

/// <summary>Counts and adds up results, each lane for itself: one that all lanes write to would be what is measured.</summary>
internal sealed class LaneSums : IDisposable
{
    private readonly ThreadLocal<Sum>? _lanes;
    private readonly Sum _only = new();

    public LaneSums(int lanes) => _lanes = lanes > 1 ? new ThreadLocal<Sum>(() => new Sum(), trackAllValues: true) : null;

    public Outcome Outcome => _lanes is null
        ? new Outcome(_only.Count, _only.Total)
        : new Outcome(_lanes.Values.Sum(sum => sum.Count), _lanes.Values.Sum(sum => sum.Total));

    public void Add(double value)
    {
        Sum sum = _lanes?.Value ?? _only;
        sum.Count++;
        sum.Total += value;
    }

    public void Dispose() => _lanes?.Dispose();

    private sealed class Sum
    {
        public long Count;
        public double Total;
    }
}
