using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace IoTStream.Repository.Tests;

/// <summary>Compiles small libraries that tests look into.</summary>
internal static class Library
{
    public static byte[] Compile(string source)
    {
        CSharpCompilationOptions options = new(
            OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable);
        CSharpCompilation library = CSharpCompilation.Create("library", [CSharpSyntaxTree.ParseText(source)], References.All, options);
        using MemoryStream image = new();
        EmitResult result = library.Emit(image);
        result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Should().BeEmpty();
        return image.ToArray();
    }
}
