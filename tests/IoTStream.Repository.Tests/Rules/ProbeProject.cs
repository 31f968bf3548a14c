namespace IoTStream.Repository.Tests.Rules;

/// <summary>
/// A small package that is built as the ones in src are, in a copy of the repository's build files: it shows what these files do, and
/// can do what the real packages must not.
/// </summary>
internal sealed class ProbeProject : IDisposable
{
    private static readonly string[] BuildFiles =
    [
        "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "nuget.config", "global.json", ".editorconfig",
        "src/Directory.Build.props", "src/BannedSymbols.txt",
    ];

    private readonly TemporaryFolder _folder = new();

    public ProbeProject(string source)
    {
        foreach (string file in BuildFiles)
        {
            _folder.Write(file, File.ReadAllText(Repository.At(file)));
        }

        _folder.Write("README.md", "# Probe\n");
        _folder.Write("src/Probe/Probe.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""");
        _folder.Write("src/Probe/Probe.cs", source);
    }

    public string Packages => _folder.At("packed");

    public Task GitAsync(params string[] arguments) => Command.RunAsync(_folder.Path, "git", arguments);

    public Task PackAsync() => Command.RunAsync(_folder.At("src", "Probe"), "dotnet", "pack", "--output", Packages);

    /// <summary>Builds it, which has to fail, and returns the errors.</summary>
    public async Task<string> FailToBuildAsync()
    {
        (int code, string output, _) = await Command.TryAsync(_folder.At("src", "Probe"), "dotnet", "build");
        code.Should().NotBe(0, "the build has to fail, but wrote:\n{0}", output);
        return output;
    }

    public void Dispose() => _folder.Dispose();
}
