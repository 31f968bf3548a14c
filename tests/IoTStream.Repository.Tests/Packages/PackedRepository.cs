namespace IoTStream.Repository.Tests.Packages;

/// <summary>The packages, packed once for all tests of this namespace from what the tests were built with.</summary>
[SetUpFixture]
internal sealed class PackedRepository
{
    private static readonly TemporaryFolder Feed = new();

    public static string Folder => Feed.Path;

    [OneTimeSetUp]
    public Task PackAsync() => Command.RunAsync(
        Repository.Root, "dotnet", "pack", "IoTStream.sln", "--no-build", "--configuration", Repository.Configuration, $"-p:PackageOutputPath={Feed.Path}");

    [OneTimeTearDown]
    public void Clean() => Feed.Dispose();

    public static Package Open(string id, string extension = ".nupkg") =>
        new(Directory.GetFiles(Folder, $"{id}.*{extension}").Should().ContainSingle("src/{0} is packable", id).Subject);
}
