using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>The accumulators of one interval of event time.</summary>
internal sealed class Pane<TKey, TAccumulator>
    where TKey : notnull
{
    public long Start { get; set; }

    public PaneTable<TKey, TAccumulator> Table { get; } = new();
}
