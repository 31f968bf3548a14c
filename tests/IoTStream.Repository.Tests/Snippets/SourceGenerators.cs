using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace IoTStream.Repository.Tests.Snippets;

/// <summary>The source generators that come with the SDK, such as the one for <c>JsonSerializerContext</c>.</summary>
internal static class SourceGenerators
{
    public static IReadOnlyList<ISourceGenerator> All { get; } =
    [
        .. Directory.GetFiles(Folder(), "System.*.dll")
            .SelectMany(file => new AnalyzerFileReference(file, new Loader()).GetGenerators(LanguageNames.CSharp)),
    ];

    // The framework runs from <dotnet>/shared/Microsoft.NETCore.App/<version>; the SDK keeps the matching generators in <dotnet>/packs.
    private static string Folder()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string packs = Path.GetFullPath(Path.Combine(framework, "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref"));
        return Directory.GetDirectories(packs)
            .OrderBy(folder => Version.TryParse(Path.GetFileName(folder), out Version? version) ? version : new Version())
            .Select(folder => Path.Combine(folder, "analyzers", "dotnet", "cs"))
            .LastOrDefault(Directory.Exists) ?? throw new DirectoryNotFoundException($"There are no source generators in {packs}.");
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
            // The generators need nothing but the compiler, which is loaded already.
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }
}
