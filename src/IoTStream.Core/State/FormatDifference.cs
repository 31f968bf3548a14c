using System.Text.RegularExpressions;

namespace IoTStream.State;

/// <summary>Tells people what is different between two formats.</summary>
internal static partial class FormatDifference
{
    /// <summary>A sentence for each value without references that has other fields than it had.</summary>
    /// <returns>Nothing if there is no more to tell than that the formats differ.</returns>
    public static string Explain(string stored, string current)
    {
        MatchCollection before = Layouts().Matches(stored);
        MatchCollection now = Layouts().Matches(current);
        return before.Count == now.Count ? string.Concat(before.Zip(now).Select(pair => Explain(pair.First, pair.Second))) : "";
    }

    private static string Explain(Match stored, Match current)
    {
        if (string.Equals(stored.Value, current.Value, StringComparison.Ordinal)
            || MemoryLayout.Parse(stored.Value) is not { } before || MemoryLayout.Parse(current.Value) is not { } now)
        {
            return "";
        }

        List<string> changes = [];
        foreach (LayoutLeaf leaf in before.Leaves)
        {
            LayoutLeaf? same = now.Leaves.FirstOrDefault(other => string.Equals(other.Name, leaf.Name, StringComparison.Ordinal));
            if (same?.Type != leaf.Type)
            {
                changes.Add(same is null ? $"{leaf.Name} is gone" : $"{leaf.Name} was {leaf.Type.Name} and is {same.Type.Name}");
            }
        }

        changes.AddRange(now.Leaves.ExceptBy(before.Leaves.Select(leaf => leaf.Name), leaf => leaf.Name, StringComparer.Ordinal).Select(leaf => $"{leaf.Name} is new"));
        return changes.Count == 0 ? "" : $" Of the fields, {string.Join(", ", changes)}.";
    }

    [GeneratedRegex(@"\{[^{}]*\}\d+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Layouts();
}
