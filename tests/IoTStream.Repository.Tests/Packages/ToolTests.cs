namespace IoTStream.Repository.Tests.Packages;

[Parallelizable(ParallelScope.All)]
public sealed class ToolTests
{
    [Test]
    public async Task The_tool_is_installed_from_its_package_and_runs()
    {
        using TemporaryFolder folder = new();
        folder.Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="local" value="{PackedRepository.Folder}" /></packageSources>
            </configuration>
            """);

        await Command.RunAsync(folder.Path, "dotnet", "tool", "install", "IoTStream.Tool", "--prerelease", "--tool-path", folder.At("tools"));
        string output = await Command.RunAsync(folder.Path, folder.At("tools", "iotstream"), "log", "--help");

        output.Should().Contain("list").And.Contain("verify").And.Contain("dump");
    }
}
