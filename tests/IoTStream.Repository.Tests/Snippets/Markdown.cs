using System.Text.RegularExpressions;

namespace IoTStream.Repository.Tests.Snippets;

/// <summary>Finds the C# blocks of a document.</summary>
internal static partial class Markdown
{
    public static IReadOnlyList<Snippet> Snippets(string document, string text)
    {
        List<Snippet> snippets = [];
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        string? marker = null;
        for (int i = 0; i < lines.Length; i++)
        {
            if (Fence().Match(lines[i]) is { Success: true } fence)
            {
                int end = Array.FindIndex(lines, i + 1, line => IsEndOf(fence, line));
                if (end < 0)
                {
                    throw new FormatException($"{document}({i + 1}): this block has no end.");
                }

                if (fence.Groups["language"].Value is "csharp" or "cs" or "c#" or "C#")
                {
                    string indent = fence.Groups["indent"].Value;
                    IEnumerable<string> code = lines[(i + 1)..end].Select(line => line.StartsWith(indent, StringComparison.Ordinal) ? line[indent.Length..] : line);
                    snippets.Add(new Snippet(document, i + 2, string.Join('\n', code), marker));
                }

                i = end;
                marker = null;
            }
            else if (lines[i].Trim().Length > 0)
            {
                // A marker belongs to the block right below it: any text between them ends its reach.
                marker = MarkerComment().Match(lines[i]) is { Success: true } comment ? comment.Groups["marker"].Value : null;
            }
        }

        return snippets;
    }

    private static bool IsEndOf(Match fence, string line)
    {
        string mark = fence.Groups["mark"].Value;
        string trimmed = line.Trim();
        return trimmed.Length >= mark.Length && trimmed.All(character => character == mark[0]);
    }

    [GeneratedRegex(@"^(?<indent>\s*)(?<mark>`{3,}|~{3,})\s*(?<language>[^\s`]*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\s*<!--\s*snippet:\s*(?<marker>.*?)\s*-->\s*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MarkerComment();
}
