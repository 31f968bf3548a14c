namespace IoTStream.State;

/// <summary>
/// A list of a lane. With as many lanes as there were, each goes on with its own; with another number, the elements of all lanes are put in a row and each
/// lane gets a stretch of it, as long as those of the others.
/// </summary>
internal sealed class DealtList<T>(ListState<T> list, KeyedStore<int> store, StateSerializer<T> elements) : LaneState("list " + list.Name)
{
    /// <summary>The key under which the store has what belongs to none.</summary>
    public const int Key = 0;

    public override string Format => elements.Format;

    public override void Write(StateWriter writer)
    {
        store.Enter(Key, default);
        writer.WriteCount(list.Count);
        foreach (T element in list.Values)
        {
            elements.Write(writer, element);
        }

        store.Leave();
    }

    public override bool CanRead(string format) => elements.Reading(format) is not null;

    public override void Restore(IReadOnlyList<ReadOnlyMemory<byte>> lanes, string format, LanePlace place)
    {
        StateSerializer<T> reads = elements.Reading(format)!;
        List<T> found = [];
        for (int lane = 0; lane < lanes.Count; lane++)
        {
            if (lanes.Count == place.Count && lane != place.Index)
            {
                continue;
            }

            var reader = new StateReader(lanes[lane].Span);
            for (int left = reader.ReadCount(); left > 0; left--)
            {
                found.Add(reads.Read(ref reader));
            }
        }

        bool isOwn = lanes.Count == place.Count;
        int start = isOwn ? 0 : (int)((long)found.Count * place.Index / place.Count);
        int end = isOwn ? found.Count : (int)((long)found.Count * (place.Index + 1) / place.Count);
        store.Enter(Key, default);
        for (int i = start; i < end; i++)
        {
            list.Add(found[i]);
        }

        store.Leave();
    }
}
