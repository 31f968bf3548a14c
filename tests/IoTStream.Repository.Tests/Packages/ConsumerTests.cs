namespace IoTStream.Repository.Tests.Packages;

public sealed class ConsumerTests
{
    [Test]
    public async Task A_project_outside_the_repository_uses_the_packages_from_a_local_folder()
    {
        using TemporaryFolder folder = new();
        folder.Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="local" value="{PackedRepository.Folder}" /></packageSources>
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
                <UseAppHost>false</UseAppHost>
                <RestorePackagesPath>packages</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup>
                {string.Concat(Repository.Packages.Select(id => $"<PackageReference Include=\"{id}\" Version=\"*-*\" />"))}
              </ItemGroup>
            </Project>
            """);
        folder.Write("Program.cs", await File.ReadAllTextAsync(Repository.At("tests", "IoTStream.Repository.Tests", "Packages", "Consumer", "Program.cs")));

        await Command.RunAsync(folder.Path, "dotnet", "build", "--configuration", "Release", "--output", folder.At("out"));
        string output = await Command.RunAsync(folder.Path, "dotnet", folder.At("out", "Consumer.dll"));

        output.Trim().Should().Be("km/h");
    }
}
