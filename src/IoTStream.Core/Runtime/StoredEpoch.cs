using System.Text;
using IoTStream.Log;

namespace IoTStream.Runtime;

/// <summary>What the last epoch of a log says beside the entries of tables: which tables there are, and what all lane states and positions were.</summary>
internal sealed class StoredEpoch
{
    private readonly Dictionary<(string Step, string Part), (StateName Name, string Format)> _parts = [];
    private readonly Dictionary<(string Step, string Part), List<(byte[] Key, byte[] Value)>> _entries = [];

    private readonly HashSet<string> _dropped = new(StringComparer.Ordinal);

    private StoredEpoch(in Epoch epoch)
    {
        Topology = Encoding.UTF8.GetString(epoch.Description);
        Dictionary<int, (string Step, string Part)> numbers = [];
        foreach (EpochTable table in epoch.ReadTables())
        {
            StateName name = StateName.Parse(table.Name);
            if (name.IsDrop)
            {
                _dropped.Add(name.Step);
                continue;
            }

            numbers[table.Number] = (name.Step, name.Part);
            _parts[(name.Step, name.Part)] = (name, table.Format);
        }

        foreach (EpochSection section in epoch)
        {
            if (section.Kind != SectionKind.Positions || !numbers.TryGetValue(section.Table, out (string, string) part))
            {
                continue;
            }

            if (!_entries.TryGetValue(part, out List<(byte[], byte[])>? entries))
            {
                entries = [];
                _entries.Add(part, entries);
            }

            foreach (EpochEntry entry in section)
            {
                entries.Add((entry.Key.ToArray(), entry.Value.ToArray()));
            }
        }
    }

    /// <summary>The name of the topology that wrote it.</summary>
    public string Topology { get; }

    /// <summary>The steps that have something in it.</summary>
    public IEnumerable<string> Steps => _parts.Keys.Select(part => part.Step).Distinct(StringComparer.Ordinal);

    /// <summary>What it has of the steps.</summary>
    public IReadOnlyCollection<(string Step, string Part)> Parts => _parts.Keys;

    /// <summary>The steps whose state was given up at the request of the options that wrote it, which is not to be done again at the same request.</summary>
    public IReadOnlySet<string> Dropped => _dropped;

    /// <summary>Reads the epoch that a job goes on from.</summary>
    /// <exception cref="LogDamagedException">It is not there.</exception>
    public static StoredEpoch Read(StateOrigin origin)
    {
        using IEpochReader reader = origin.Read(origin.Last);
        return reader.TryRead(out Epoch epoch)
            ? new StoredEpoch(in epoch)
            : throw new LogDamagedException(
                origin.IsSavepoint ? "the savepoint" : "the log", 0, $"epoch {origin.Last} is not there.", "Start from another savepoint, or restore the files from a copy.");
    }

    /// <summary>The part of a step's state.</summary>
    /// <returns>Null if there is none.</returns>
    public (StateName Name, string Format)? Find(string step, string part) =>
        _parts.TryGetValue((step, part), out (StateName, string) found) ? found : null;

    /// <summary>The entries of a lane state or of positions.</summary>
    public IReadOnlyList<(byte[] Key, byte[] Value)> Entries(string step, string part) =>
        _entries.TryGetValue((step, part), out List<(byte[], byte[])>? found) ? found : [];
}
