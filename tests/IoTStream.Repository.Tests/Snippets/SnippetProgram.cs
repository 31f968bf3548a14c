using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace IoTStream.Repository.Tests.Snippets;

/// <summary>
/// Puts snippets together to one program. C# wants usings before statements before types, readers want them where they are
/// needed: so the parts are sorted, and line directives keep their places in the documents.
/// </summary>
internal static class SnippetProgram
{
    public static SyntaxTree Of(IReadOnlyList<Snippet> parts)
    {
        // A program of one part is left as it is written: what is out of order there is out of order for its reader too.
        string text = parts is [Snippet single] ? Directive(single, 0) + single.Code + "\n" : Sorted(parts);
        return CSharpSyntaxTree.ParseText(text, path: "snippet.cs");
    }

    private static string Sorted(IReadOnlyList<Snippet> parts)
    {
        StringBuilder usings = new(), statements = new(), types = new();
        foreach (Snippet part in parts)
        {
            SyntaxTree tree = CSharpSyntaxTree.ParseText(part.Code);
            CompilationUnitSyntax unit = (CompilationUnitSyntax)tree.GetRoot();
            foreach (SyntaxNode node in unit.ChildNodes())
            {
                StringBuilder place = node switch
                {
                    UsingDirectiveSyntax => usings,
                    GlobalStatementSyntax => statements,
                    _ => types,
                };
                place.Append(Directive(part, tree.GetLineSpan(node.FullSpan).StartLinePosition.Line)).Append(node.ToFullString()).Append('\n');
            }
        }

        return usings.Append(statements).Append(types).ToString();
    }

    private static string Directive(Snippet part, int offset) =>
        string.Create(CultureInfo.InvariantCulture, $"#line {part.Line + offset} \"{part.Document}\"\n");
}
