using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace IoTStream.Repository.Tests.Snippets;

/// <summary>Compiles snippets as a user's console project would: with the SDK's implicit usings, nullable, and source generators.</summary>
internal static class SnippetCompiler
{
    private static readonly SyntaxTree ImplicitUsings = CSharpSyntaxTree.ParseText("""
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """);

    // Warnings count: nobody wants to copy code that warns. But a fragment may well declare what only the next one uses, and a library may have
    // been built against an older platform, of which the SDK does not warn either.
    private static readonly Dictionary<string, ReportDiagnostic> Allowed = new(StringComparer.Ordinal)
    {
        ["CS1701"] = ReportDiagnostic.Suppress,
        ["CS1702"] = ReportDiagnostic.Suppress,
        ["CS0168"] = ReportDiagnostic.Suppress,
        ["CS0219"] = ReportDiagnostic.Suppress,
        ["CS8321"] = ReportDiagnostic.Suppress,
    };

    /// <summary>The errors and warnings of a program made of snippets, with document and line.</summary>
    public static IReadOnlyList<string> Errors(IReadOnlyList<Snippet> parts)
    {
        // A fragment of declarations is as good as a program.
        SyntaxTree program = SnippetProgram.Of(parts);
        bool hasStatements = program.GetRoot().ChildNodes().Any(node => node.IsKind(SyntaxKind.GlobalStatement));
        CSharpCompilationOptions options = new(
            hasStatements ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
            nullableContextOptions: NullableContextOptions.Enable,
            specificDiagnosticOptions: Allowed);
        CSharpCompilation compilation = CSharpCompilation.Create("snippet", [ImplicitUsings, program], References.All, options);
        CSharpGeneratorDriver.Create(SourceGenerators.All)
            .RunGeneratorsAndUpdateCompilation(compilation, out Compilation generated, out ImmutableArray<Diagnostic> fromGenerators);

        return
        [
            .. generated.GetDiagnostics().Concat(fromGenerators)
                .Where(diagnostic => diagnostic is { Severity: DiagnosticSeverity.Warning or DiagnosticSeverity.Error, IsSuppressed: false })
                .Select(Text),
        ];
    }

    private static string Text(Diagnostic diagnostic)
    {
        FileLinePositionSpan place = diagnostic.Location.GetMappedLineSpan();
        return $"{place.Path}({place.StartLinePosition.Line + 1}): {diagnostic.Id}: {diagnostic.GetMessage(null)}";
    }
}
