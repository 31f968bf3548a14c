using Microsoft.CodeAnalysis;

namespace IoTStream.Repository.Tests;

/// <summary>Everything that the tests themselves can refer to: the framework, the packages of src, and what these depend on.</summary>
internal static class References
{
    public static IReadOnlyList<PortableExecutableReference> All { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(file => MetadataReference.CreateFromFile(file)),
    ];

    public static PortableExecutableReference To(string assembly) =>
        All.Single(reference => Path.GetFileNameWithoutExtension(reference.FilePath!).Equals(assembly, StringComparison.OrdinalIgnoreCase));
}
