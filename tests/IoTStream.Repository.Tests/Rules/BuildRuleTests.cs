using System.Reflection.Metadata;
using System.Text;
using IoTStream.Repository.Tests.Packages;

namespace IoTStream.Repository.Tests.Rules;

[Parallelizable(ParallelScope.All)]
public sealed class BuildRuleTests
{
    // Portable PDB format: the kind of custom debug information that holds the SourceLink document.
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    [Test]
    public async Task What_is_shipped_cannot_be_built_with_wall_clocks_blocking_waits_or_undocumented_members()
    {
        using ProbeProject probe = new("""
            namespace Probe;

            /// <summary>Breaks a rule a member.</summary>
            public static class Bad
            {
                /// <summary>Reads the wall clock.</summary>
                public static DateTimeOffset Clock() => DateTimeOffset.UtcNow;

                /// <summary>Blocks on a task.</summary>
                /// <param name="task">The task.</param>
                public static int Block(Task<int> task) => task?.Result ?? 0;

                public static int Undocumented => 1;
            }
            """);

        string errors = await probe.FailToBuildAsync();

        errors.Should().MatchRegex(@"error RS0030: .*DateTimeOffset\.UtcNow").And.MatchRegex(@"error RS0030: .*Task<TResult>\.Result");
        errors.Should().MatchRegex(@"error CS1591: .*Undocumented");
    }

    [Test]
    public async Task A_package_built_from_a_hosted_repository_links_to_its_sources()
    {
        using ProbeProject probe = new("""
            namespace Probe;

            /// <summary>Nothing.</summary>
            public static class Good;
            """);
        await probe.GitAsync("init", "--quiet");
        await probe.GitAsync("remote", "add", "origin", "https://github.com/example/probe.git");
        await probe.GitAsync("add", "--all");
        await probe.GitAsync("-c", "user.name=Probe", "-c", "user.email=probe@example.org", "commit", "--quiet", "--message", "Probe");

        await probe.PackAsync();

        using Package package = new(Path.Combine(probe.Packages, "Probe.0.1.0.nupkg"));
        package.Metadata().Element("repository").Should().HaveAttribute("url", "https://github.com/example/probe.git");
        using Package symbols = new(Path.Combine(probe.Packages, "Probe.0.1.0.snupkg"));
        using MetadataReaderProvider pdb = symbols.Pdb("lib/net10.0/Probe.pdb");
        MetadataReader reader = pdb.GetMetadataReader();
        CustomDebugInformation link = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Should().ContainSingle(information => reader.GetGuid(information.Kind) == SourceLink).Subject;
        Encoding.UTF8.GetString(reader.GetBlobBytes(link.Value)).Should().MatchRegex(@"""/_/\*"":""https://raw\.githubusercontent\.com/example/probe/[0-9a-f]{40}/\*""");
    }

    [Test]
    public async Task No_member_is_excused_from_documentation()
    {
        IEnumerable<string> excuses = from file in await Repository.FilesAsync()
                                      where file is ".editorconfig" or "Directory.Build.props" or "Directory.Build.targets" || file.StartsWith("src/")
                                      where File.ReadAllText(Repository.At(file)).Contains("1591")
                                      select file;

        excuses.Should().BeEmpty("the rule CS1591 is never turned off: write what the member is for");
    }
}
