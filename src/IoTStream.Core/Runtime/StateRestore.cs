using System.Buffers.Binary;
using IoTStream.Log;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>Puts the state of an epoch log back into the steps of the lanes, of which there may be another number than there was.</summary>
internal sealed class StateRestore(StateOrigin origin, StoredEpoch stored, IReadOnlyList<LaneCapture> lanes, IReadOnlyCollection<string> dropped)
{
    /// <summary>Restores all lanes, each on a thread of its own. Nobody steps them meanwhile.</summary>
    /// <exception cref="StateMismatchException">A format cannot be read.</exception>
    /// <exception cref="LogDamagedException">The log is damaged.</exception>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(lanes.Select(lane => Task.Run(() => RestoreLane(lane, cancellationToken), cancellationToken)));

    /// <summary>As <see cref="RunAsync"/>, for a caller who has one thread.</summary>
    public void Run()
    {
        foreach (LaneCapture lane in lanes)
        {
            RestoreLane(lane, CancellationToken.None);
        }
    }

    private void RestoreLane(LaneCapture lane, CancellationToken cancellationToken)
    {
        Dictionary<string, DurableTable> tables = TablesOf(lane);
        if (tables.Count > 0)
        {
            RestoreTables(tables, cancellationToken);
        }

        foreach (StepState step in lane.Steps.Where(IsKept))
        {
            foreach (LaneState state in step.LaneStates.Where(state => !(origin.IsSavepoint && state.BelongsToLog)))
            {
                RestoreLaneState(lane, step, state);
            }
        }

        foreach (DurableTable table in lane.Steps.SelectMany(step => step.Tables))
        {
            table.OnRestored();
        }
    }

    private bool IsKept(StepState step) => !dropped.Contains(step.Step, StringComparer.Ordinal);

    private Dictionary<string, DurableTable> TablesOf(LaneCapture lane)
    {
        Dictionary<string, DurableTable> tables = new(StringComparer.Ordinal);
        foreach (StepState step in lane.Steps.Where(IsKept))
        {
            foreach (DurableTable table in step.Tables)
            {
                if (stored.Find(step.Step, table.Name) is { } found)
                {
                    tables.Add(found.Name.ToString(), table);
                }
            }
        }

        return tables;
    }

    private void RestoreTables(Dictionary<string, DurableTable> tables, CancellationToken cancellationToken)
    {
        using IEpochReader reader = origin.Read(origin.Base);
        byte[] names = [];
        Dictionary<int, DurableEntryReader> readers = [];
        while (reader.TryRead(out Epoch epoch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!epoch.Tables.SequenceEqual(names))
            {
                names = epoch.Tables.ToArray();
                readers = ReadersOf(epoch, tables);
            }

            Announce(epoch, readers);
            foreach (EpochSection section in epoch)
            {
                if (section.Kind is SectionKind.Changes or SectionKind.Share && readers.TryGetValue(section.Table, out DurableEntryReader? entries))
                {
                    entries.Restore(section);
                }
            }
        }
    }

    /// <summary>Tells tables how much is coming. In one epoch a key has one entry, and each lane has its part of the keys.</summary>
    private void Announce(in Epoch epoch, Dictionary<int, DurableEntryReader> readers)
    {
        Dictionary<int, int> counts = [];
        foreach (EpochSection section in epoch)
        {
            if (section.Kind is SectionKind.Changes or SectionKind.Share)
            {
                counts[section.Table] = counts.GetValueOrDefault(section.Table) + section.Count;
            }
        }

        int sharers = lanes.Count(static lane => lane.Steps.Any(static step => step.Tables.Count > 0));
        foreach ((int table, int count) in counts)
        {
            readers.GetValueOrDefault(table)?.Expect(count / sharers);
        }
    }

    private static Dictionary<int, DurableEntryReader> ReadersOf(in Epoch epoch, Dictionary<string, DurableTable> tables)
    {
        Dictionary<int, DurableEntryReader> readers = [];
        foreach (EpochTable stored in epoch.ReadTables())
        {
            if (tables.TryGetValue(stored.Name, out DurableTable? table))
            {
                readers.Add(stored.Number, table.Reading(stored.Format) ?? throw Incompatible(StateName.Parse(stored.Name), stored.Format, table.Format));
            }
        }

        return readers;
    }

    private void RestoreLaneState(LaneCapture lane, StepState step, LaneState state)
    {
        IReadOnlyList<(byte[] Key, byte[] Value)> entries = stored.Entries(step.Step, state.Name);
        if (entries.Count == 0 || stored.Find(step.Step, state.Name) is not { } found)
        {
            return;
        }

        if (!state.CanRead(found.Format))
        {
            throw Incompatible(found.Name, found.Format, state.Format);
        }

        if (state is SourcePositions)
        {
            // Its entries have the names of partitions, not the numbers of lanes; the readers were opened with them.
            return;
        }

        List<ReadOnlyMemory<byte>> values =
            [.. entries.OrderBy(entry => BinaryPrimitives.ReadInt32LittleEndian(entry.Key)).Select(entry => (ReadOnlyMemory<byte>)entry.Value)];
        List<int> places = [.. lanes.Where(other => other.Steps.Any(one => string.Equals(one.Step, step.Step, StringComparison.Ordinal))).Select(other => other.Lane)];
        state.Restore(values, found.Format, new LanePlace(places.IndexOf(lane.Lane), places.Count));
    }

    private static StateMismatchException Incompatible(StateName name, string stored, string current) => new(
        $"The state '{name.Part}' of step '{name.Step}' was written as '{stored}', and is now '{current}', which cannot be read from it.{FormatDifference.Explain(stored, current)} " +
        $"Give a migration from the old format with TopologyBuilder.MigrateState, or give the state of the step up with JobOptions.DropState = [\"{name.Step}\"].");
}
