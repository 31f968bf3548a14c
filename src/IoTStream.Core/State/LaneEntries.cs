using IoTStream.Log;

namespace IoTStream.State;

/// <summary>What a step that has ended had last for its lane states, as entries that every epoch from then on repeats.</summary>
internal sealed class LaneEntries
{
    private readonly List<(int Number, byte[] Key, byte[] Value)> _entries = [];

    public void Add(int number, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _entries.Add((number, key.ToArray(), value.ToArray()));

    public void WriteTo(EpochContribution epoch)
    {
        foreach ((int number, byte[] key, byte[] value) in _entries)
        {
            epoch.Begin(SectionKind.Positions, number);
            epoch.Put(key, value);
        }
    }
}
