using System.Text;

namespace IoTStream.Connectors;

/// <summary>The columns of a CSV file as its header row names them.</summary>
internal sealed class CsvHeader
{
    private const int Ambiguous = -1;

    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly string[] _names;
    private readonly string _path;

    public CsvHeader(CsvFields fields, string path)
    {
        _path = path;
        _names = new string[fields.Count];
        for (int i = 0; i < _names.Length; i++)
        {
            string name = Encoding.UTF8.GetString(fields[i]);
            _names[i] = name;
            _indexes[name] = _indexes.ContainsKey(name) ? Ambiguous : i;
        }
    }

    public int Count => _names.Length;

    public int IndexOf(string name)
    {
        if (!_indexes.TryGetValue(name, out int index))
        {
            throw new CsvHeaderException(_path, $"There is no column '{name}'. The columns are {string.Join(", ", _names)}.");
        }

        return index != Ambiguous
            ? index
            : throw new CsvHeaderException(_path, $"There is more than one column '{name}'. Use its index instead.");
    }
}
