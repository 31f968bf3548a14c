namespace IoTStream.Repository.Tests.Packages;

public sealed class ConsumerTests
{
    // What a user of the packages would write first is what the README begins with. What the packages depend on was restored when they were built, but for the native library of Kafka.
    [Test]
    public async Task A_project_outside_the_repository_uses_the_packages_from_a_local_folder()
    {
        using TemporaryFolder folder = new();
        string restored = await Command.RunAsync(folder.Path, "dotnet", "nuget", "locals", "global-packages", "--list", "--force-english-output");
        folder.Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="local" value="{PackedRepository.Folder}" /><add key="dependencies" value="{restored[(restored.IndexOf(':') + 1)..].Trim()}" /></packageSources>
            </configuration>
            """);
        folder.Write("Consumer.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <InvariantGlobalization>true</InvariantGlobalization>
                <UseAppHost>false</UseAppHost>
                <RestorePackagesPath>packages</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup>
                <PrunePackageReference Include="librdkafka.redist" Version="99.0.0" />
                {string.Concat(Repository.Packages.Select(id => $"<PackageReference Include=\"{id}\" Version=\"*-*\" />"))}
              </ItemGroup>
            </Project>
            """);
        folder.Write("Program.cs", await File.ReadAllTextAsync(Repository.At("samples", "Quickstart", "Program.cs")));

        await Command.RunAsync(folder.Path, "dotnet", "build", "--configuration", "Release", "--output", folder.At("out"));
        string output = await Command.RunAsync(folder.Path, "dotnet", folder.At("out", "Consumer.dll"));

        output.ReplaceLineEndings("\n").Trim().Split('\n').Should().Equal(
            "05:00 attic: 20.5 °C", "06:00 attic: 21.5 °C", "07:00 attic: 22.5 °C", "08:00 attic: 23.5 °C", "09:00 attic: 24.5 °C");
    }
}
