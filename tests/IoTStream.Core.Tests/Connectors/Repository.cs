namespace IoTStream.Core.Tests.Connectors;

/// <summary>Where the tests' repository lies.</summary>
internal static class Repository
{
    /// <summary>Data that is not part of the repository but may lie beside it.</summary>
    public static string SharedData { get; } = Path.GetFullPath(Path.Combine(Root(), "..", "shared", "data"));

    private static string Root()
    {
        DirectoryInfo? directory = new(TestContext.CurrentContext.TestDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "IoTStream.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new DirectoryNotFoundException("IoTStream.sln is in no directory above the tests.");
    }
}
