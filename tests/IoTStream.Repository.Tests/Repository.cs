using System.Reflection;

namespace IoTStream.Repository.Tests;

/// <summary>The repository that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The configuration that the tests, and with them all packages, were built in.</summary>
    public static string Configuration { get; } =
        typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    /// <summary>The names of the packages that other projects refer to: every project in src is one, but for the tools.</summary>
    public static IReadOnlyList<string> Packages { get; } = [.. Projects.Where(project => !IsTool(project)).Select(Path.GetFileNameWithoutExtension)!];

    /// <summary>The names of the packages that are installed as command-line tools.</summary>
    public static IReadOnlyList<string> Tools { get; } = [.. Projects.Where(IsTool).Select(Path.GetFileNameWithoutExtension)!];

    private static IEnumerable<string> Projects =>
        Directory.GetFiles(At("src"), "*.csproj", SearchOption.AllDirectories).OrderBy(Path.GetFileNameWithoutExtension, StringComparer.Ordinal);

    public static string At(params ReadOnlySpan<string> path) => Path.Combine([Root, .. path]);

    /// <summary>A package's assembly, as copied beside the tests.</summary>
    public static string AssemblyOf(string package) => Path.Combine(AppContext.BaseDirectory, package + ".dll");

    /// <summary>The files that git keeps, with '/' between folders; what a sample or a developer left lying about is not among them.</summary>
    public static async Task<IReadOnlyList<string>> FilesAsync()
    {
        if (!Path.Exists(At(".git")))
        {
            Assert.Ignore("This is not a git repository, so which files belong to it is not known.");
        }

        string list = await Command.RunAsync(Root, "git", "ls-files", "-z");
        return [.. list.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(At(file)))];
    }

    private static bool IsTool(string project) => File.ReadAllText(project).Contains("<PackAsTool>true");

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "IoTStream.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"There is no IoTStream.sln above {AppContext.BaseDirectory}.");
    }
}
