using System.Globalization;
using System.Text;

namespace IoTStream.State;

/// <summary>What lies where in a value without references: bytes mean what they meant for as long as this stays the same.</summary>
/// <param name="leaves">The parts that are known.</param>
/// <param name="size">The size of a value in bytes.</param>
/// <param name="unknown">The name of the type if there may be parts that are not known; null if all are.</param>
internal sealed class MemoryLayout(IEnumerable<LayoutLeaf> leaves, int size, string? unknown)
{
    private const char UnknownMark = '?';

    /// <summary>The parts by their places.</summary>
    public IReadOnlyList<LayoutLeaf> Leaves { get; } = [.. leaves.OrderBy(leaf => leaf.Offset).ThenBy(leaf => leaf.Name, StringComparer.Ordinal)];

    public int Size => size;

    /// <summary>Whether the parts are known one by one, and each has bytes of its own: only then can they be taken to other places.</summary>
    public bool CanMove => unknown is null
        && Leaves.Zip(Leaves.Skip(1)).All(pair => pair.First.End <= pair.Second.Offset)
        && Leaves.DistinctBy(leaf => leaf.Name, StringComparer.Ordinal).Count() == Leaves.Count;

    /// <summary>The layout as text, such as <c>{Position.X:float64@0,Count:int64@8}16</c>; that of a single leaf is the name of its type.</summary>
    public override string ToString()
    {
        if (unknown is null && Leaves is [{ Name: "" } single])
        {
            return single.Type.Name;
        }

        var text = new StringBuilder("{");
        foreach (LayoutLeaf leaf in Leaves)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 1 ? "," : "")}{leaf.Name}:{leaf.Type.Name}@{leaf.Offset}");
        }

        if (unknown is not null)
        {
            text.Append(text.Length > 1 ? "," : "").Append(UnknownMark).Append(unknown);
        }

        return text.Append(CultureInfo.InvariantCulture, $"}}{size}").ToString();
    }

    /// <summary>The layout that a text tells, if it does and knows all parts by name.</summary>
    public static MemoryLayout? Parse(string text)
    {
        int end = text.LastIndexOf('}');
        if (end < 0 || text[0] != '{' || !TryParse(text.AsSpan(end + 1), out int size))
        {
            return null;
        }

        List<LayoutLeaf> leaves = [];
        foreach (string part in end > 1 ? text[1..end].Split(',') : [])
        {
            int colon = part.IndexOf(':', StringComparison.Ordinal);
            int at = part.IndexOf('@', StringComparison.Ordinal);
            if (colon < 0 || at < colon || !LeafType.TryFind(part[(colon + 1)..at], out LeafType? type)
                || !TryParse(part.AsSpan(at + 1), out int offset) || offset > size - type.Size)
            {
                return null;
            }

            leaves.Add(new LayoutLeaf(part[..colon], type, offset));
        }

        return new MemoryLayout(leaves, size, unknown: null);
    }

    private static bool TryParse(ReadOnlySpan<char> text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
