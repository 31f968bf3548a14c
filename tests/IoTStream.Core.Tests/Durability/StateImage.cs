using System.Buffers.Binary;
using IoTStream.Log;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Core.Tests.Durability;

/// <summary>
/// What an epoch log would have of the state of some lanes, over several lives of a job with another number of lanes each. It keeps just the epochs from its
/// base on, so a change that nobody noted, or an entry that no share had, is gone after a turn of the rolling snapshot.
/// </summary>
/// <param name="shareBytes">How many bytes of what has not changed each lane writes for an epoch, about.</param>
internal sealed class StateImage(long shareBytes)
{
    private readonly Dictionary<(string Step, string Part), (int Number, string Format)> _parts = [];
    private readonly List<(long Epoch, byte[] Sections)> _epochs = [];
    private LaneCapture[] _lanes = [];
    private long _turn;
    private long _turnStart = 1;

    /// <summary>The last epoch that was committed; 0 if there is none.</summary>
    public long LastEpoch { get; private set; }

    /// <summary>How many turns of the rolling snapshot were completed.</summary>
    public int Turns { get; private set; }

    /// <summary>How many bytes of state entries and lane states are kept.</summary>
    public long Size => _epochs.Sum(epoch => (long)epoch.Sections.Length);

    /// <summary>Begins a life: what the contexts of its lanes get as <see cref="OperatorContext.Capture"/> before operators are made.</summary>
    public IReadOnlyList<LaneCapture> Start(int lanes)
    {
        _turn = 1;
        _turnStart = LastEpoch + 1;
        return _lanes = [.. Enumerable.Range(0, lanes).Select(lane => new LaneCapture(lane, LastEpoch, StateSerializers.Default))];
    }

    /// <summary>All operators of the life have been made: tells them whose keys are whose, and restores them if there is anything to restore.</summary>
    /// <param name="ownership">The keys of a lane; see <see cref="Owned{TKey}"/>.</param>
    public void Restore(Func<int, KeyOwnership?> ownership)
    {
        foreach (LaneCapture lane in _lanes)
        {
            KeyOwnership? owned = ownership(lane.Lane);
            foreach (StepState step in lane.Steps)
            {
                foreach (DurableTable table in step.Tables)
                {
                    table.SetOwnership(owned);
                    table.Number = NumberOf(step.Step, table.Name, table.Format);
                }

                foreach (LaneState state in step.LaneStates)
                {
                    state.SetOwnership(owned);
                    state.Number = NumberOf(step.Step, state.Name, state.Format);
                }
            }
        }

        if (LastEpoch > 0)
        {
            Array.ForEach(_lanes, RestoreLane);
        }
    }

    /// <summary>The keys of a lane, dealt out as jobs do.</summary>
    /// <param name="hash">The hash that says which key group a key belongs to.</param>
    /// <param name="lanes">How many lanes there are.</param>
    /// <param name="lane">The lane.</param>
    public static KeyOwnership<TKey> Owned<TKey>(Func<TKey, uint> hash, int lanes, int lane)
        where TKey : notnull => new(hash, KeyGroups.Share(lanes), lane);

    /// <summary>An epoch begins; its barrier can be given to the operators.</summary>
    /// <returns>Its number.</returns>
    public long Begin()
    {
        foreach (LaneCapture lane in _lanes)
        {
            lane.Turn = _turn;
            lane.ShareBytes = shareBytes;
        }

        return LastEpoch + 1;
    }

    /// <summary>All operators have passed the barrier of the epoch on, or have ended: what they contributed is committed.</summary>
    public void Commit()
    {
        long epoch = ++LastEpoch;
        var own = new EpochContribution();
        bool isWhole = true;
        foreach (StepState step in _lanes.SelectMany(lane => lane.Steps))
        {
            if (step.EndedFrom <= epoch)
            {
                ContributeFor(step, own);
            }

            isWhole &= step.Tables.Count == 0 || (step.Turn == _turn && step.Tables.All(table => table.IsWhole));
        }

        List<EpochContribution> contributions = [.. _lanes.Select(lane => lane.For(epoch)), own];
        _epochs.Add((epoch, [.. contributions.SelectMany(Bytes)]));
        contributions.ForEach(contribution => contribution.Clear());
        if (isWhole)
        {
            _epochs.RemoveAll(kept => kept.Epoch < _turnStart);
            _turn++;
            _turnStart = epoch + 1;
            Turns++;
        }
    }

    private static byte[] Bytes(EpochContribution contribution)
    {
        contribution.End();
        return [.. contribution.Sections.Parts.SelectMany(part => part.ToArray())];
    }

    private int NumberOf(string step, string part, string format)
    {
        if (!_parts.TryGetValue((step, part), out (int Number, string Format) known))
        {
            known = (_parts.Count, format);
            _parts.Add((step, part), known);
        }

        known.Format.Should().Be(format, "a part of a step has one format");
        return known.Number;
    }

    private void ContributeFor(StepState step, EpochContribution own)
    {
        step.Last!.WriteTo(own);
        foreach (DurableTable table in step.Tables)
        {
            if (step.Turn != _turn)
            {
                table.IsWhole = false;
                table.BeginTurn();
            }

            LaneCapture.WriteShare(table, own, shareBytes);
        }

        step.Turn = _turn;
    }

    private void RestoreLane(LaneCapture lane)
    {
        Dictionary<int, DurableEntryReader> readers = lane.Steps.SelectMany(step => step.Tables).ToDictionary(
            table => table.Number, table => table.Reading(table.Format)!);
        Dictionary<int, SortedDictionary<int, ReadOnlyMemory<byte>>> laneStates = [];
        foreach ((long epoch, byte[] bytes) in _epochs)
        {
            var sections = new Epoch.Enumerator(bytes);
            while (sections.MoveNext())
            {
                if (sections.Current.Kind is SectionKind.Changes or SectionKind.Share)
                {
                    readers.GetValueOrDefault(sections.Current.Table)?.Restore(sections.Current);
                    continue;
                }

                foreach (EpochEntry entry in sections.Current)
                {
                    if (epoch == LastEpoch)
                    {
                        laneStates.TryAdd(sections.Current.Table, []);
                        laneStates[sections.Current.Table].Add(BinaryPrimitives.ReadInt32LittleEndian(entry.Key), entry.Value.ToArray());
                    }
                }
            }
        }

        foreach (LaneState state in lane.Steps.SelectMany(step => step.LaneStates))
        {
            if (laneStates.TryGetValue(state.Number, out SortedDictionary<int, ReadOnlyMemory<byte>>? values))
            {
                state.Restore([.. values.Values], state.Format, new LanePlace(Array.IndexOf(_lanes, lane), _lanes.Length));
            }
        }

        foreach (DurableTable table in lane.Steps.SelectMany(step => step.Tables))
        {
            table.OnRestored();
        }
    }
}
