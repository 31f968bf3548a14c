using System.Collections;

namespace IoTStream.State;

/// <summary>The entries of a <see cref="BroadcastMap{TEntry, TValue}"/>.</summary>
internal sealed class BroadcastEntries<TEntry, TValue>(StateTable<TEntry, TValue> map) : IReadOnlyCollection<KeyValuePair<TEntry, TValue>>
    where TEntry : notnull
{
    public int Count => map.Count;

    public IEnumerator<KeyValuePair<TEntry, TValue>> GetEnumerator()
    {
        for (int place = 0; place < map.Places; place++)
        {
            if (map.IsAt(place))
            {
                yield return new(map.KeyAt(place), map.StateAt(place));
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
