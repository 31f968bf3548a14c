namespace IoTStream.Repository.Tests.Snippets;

/// <summary>
/// Checks the snippets of a document. A snippet is a program of its own, unless a comment on the line above it says otherwise:
/// <list type="bullet">
/// <item><c>&lt;!-- snippet: continues --&gt;</c>: it goes on where the snippet before it in the same document ended.</item>
/// <item><c>&lt;!-- snippet: with docs/snippets/setup.cs --&gt;</c>: it goes on where that file ended, which readers do not see.</item>
/// <item><c>&lt;!-- snippet: samples/Quickstart/Program.cs --&gt;</c>: it is that file, to the letter; the file's own project compiles it.</item>
/// <item><c>&lt;!-- snippet: not compiled: reason --&gt;</c>: it is only for reading.</item>
/// </list>
/// </summary>
internal static class SnippetCheck
{
    private const string Continues = "continues", With = "with ", NotCompiled = "not compiled";

    /// <summary>What is wrong with a document's snippets, a message each.</summary>
    /// <param name="snippets">The snippets of one document, in order.</param>
    /// <param name="read">Reads a file of the repository, or returns null if there is none.</param>
    public static IEnumerable<string> Errors(IEnumerable<Snippet> snippets, Func<string, string?> read)
    {
        List<Snippet> program = [];
        foreach (Snippet snippet in snippets)
        {
            IEnumerable<string> errors = snippet.Marker switch
            {
                null => Start(program, [snippet]),
                Continues when program is [] => [$"{snippet.Place}: there is no compiled snippet above that this could continue."],
                Continues => Continue(program, snippet),
                _ when snippet.Marker.StartsWith(NotCompiled, StringComparison.Ordinal) => Reason(snippet),
                _ when snippet.Marker.StartsWith(With, StringComparison.Ordinal) => StartWith(program, snippet, read),
                _ when snippet.Marker.EndsWith(".cs", StringComparison.Ordinal) => Same(snippet, read),
                _ => [$"{snippet.Place}: \"{snippet.Marker}\" is no snippet marker."],
            };
            foreach (string error in errors)
            {
                yield return error;
            }
        }
    }

    private static IEnumerable<string> Start(List<Snippet> program, ReadOnlySpan<Snippet> parts)
    {
        program.Clear();
        program.AddRange(parts);
        return SnippetCompiler.Errors(program);
    }

    private static IEnumerable<string> Continue(List<Snippet> program, Snippet next)
    {
        program.Add(next);

        // What is wrong in the snippets before was reported with them.
        return SnippetCompiler.Errors(program).Except(SnippetCompiler.Errors(program[..^1]), StringComparer.Ordinal);
    }

    private static IEnumerable<string> StartWith(List<Snippet> program, Snippet snippet, Func<string, string?> read)
    {
        string file = snippet.Marker![With.Length..].Trim();
        return read(file) is { } setup
            ? Start(program, [new Snippet(file, 1, setup, null), snippet])
            : [$"{snippet.Place}: there is no file {file}; paths are relative to the repository."];
    }

    private static IEnumerable<string> Reason(Snippet snippet) =>
        snippet.Marker![NotCompiled.Length..].Trim(':', ' ').Length > 0 ? [] : [$"{snippet.Place}: say why: \"not compiled: reason\"."];

    private static IEnumerable<string> Same(Snippet snippet, Func<string, string?> read)
    {
        string? file = read(snippet.Marker!)?.ReplaceLineEndings("\n").Trim('\n');
        if (file is null)
        {
            return [$"{snippet.Place}: there is no file {snippet.Marker}; paths are relative to the repository."];
        }

        string code = snippet.Code.Trim('\n');
        return code == file ? [] : [$"{snippet.Place}: differs from {snippet.Marker} (- file, + document):\n{TextDiff.Of(file, code)}"];
    }
}
