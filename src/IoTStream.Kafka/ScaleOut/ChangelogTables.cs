using System.Text;
using IoTStream.Log;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>
/// The numbers that tables have in the keys of a changelog. A table whose bytes are made in another way than before is another table, so that entries of both are never taken for each other. The
/// number 0 is that of what each epoch says of all tables.
/// </summary>
internal sealed class ChangelogTables
{
    private readonly Dictionary<(string Name, string Format), int> _numbers = [];
    private int _last;

    /// <summary>The tables, by their numbers.</summary>
    public IReadOnlyList<EpochTable> All => [.. _numbers.Select(static table => new EpochTable(table.Value, table.Key.Name, table.Key.Format))];

    public int NumberOf(string name, string format)
    {
        if (!_numbers.TryGetValue((name, format), out int number))
        {
            number = ++_last;
            _numbers.Add((name, format), number);
        }

        return number;
    }

    /// <summary>Forgets the tables that are no longer in use.</summary>
    /// <param name="used">Those that are.</param>
    /// <returns>The numbers of the others.</returns>
    public IReadOnlySet<int> Retire(IEnumerable<EpochTable> used)
    {
        HashSet<(string, string)> kept = [.. used.Select(static table => (table.Name, table.Format))];
        var gone = new HashSet<int>();
        foreach (((string, string) table, int number) in _numbers.Where(table => !kept.Contains(table.Key)).ToArray())
        {
            _numbers.Remove(table);
            gone.Add(number);
        }

        return gone;
    }

    public void Write(ByteChunks target)
    {
        target.Advance(Length.Write(target.GetSpan(Length.MaxSize), (uint)_last));
        target.Advance(Length.Write(target.GetSpan(Length.MaxSize), (uint)_numbers.Count));
        foreach (((string name, string format), int number) in _numbers)
        {
            target.Advance(Length.Write(target.GetSpan(Length.MaxSize), (uint)number));
            Bytes.Write(target, name);
            Bytes.Write(target, format);
        }
    }

    public static ChangelogTables Read(ReadOnlySpan<byte> bytes, ref int at)
    {
        var tables = new ChangelogTables { _last = (int)Length.Read(bytes, ref at) };
        for (uint count = Length.Read(bytes, ref at); count > 0; count--)
        {
            int number = (int)Length.Read(bytes, ref at);
            string name = Encoding.UTF8.GetString(Bytes.Read(bytes, ref at));
            tables._numbers.Add((name, Encoding.UTF8.GetString(Bytes.Read(bytes, ref at))), number);
        }

        return tables;
    }
}
