namespace IoTStream.Repository.Tests.PublicApi;

[Parallelizable(ParallelScope.All)]
public sealed class PublicApiTests
{
    private const string Update = "UPDATE_API=1 dotnet test tests/IoTStream.Repository.Tests --filter PublicApi";

    [TestCaseSource(typeof(Repository), nameof(Repository.Packages))]
    public void The_listing_of_a_package_is_what_its_assembly_offers(string package)
    {
        string file = Repository.At("docs", "api", package + ".txt");
        string actual = ApiListing.Of(package);
        if (Environment.GetEnvironmentVariable("UPDATE_API") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
        }

        string listed = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (listed != actual)
        {
            Assert.Fail($"The public API of {package} differs from docs/api/{package}.txt (- listed, + offered):\n"
                + $"{TextDiff.Of(listed, actual)}\nIf the change is meant, update the listing and commit it with the change:\n  {Update}");
        }
    }

    [Test]
    public void Every_listing_belongs_to_a_package()
    {
        IEnumerable<string?> listed = Directory.GetFiles(Repository.At("docs", "api"), "*.txt").Select(Path.GetFileNameWithoutExtension);

        listed.Should().BeSubsetOf(Repository.Packages, "a listing without a package is left over and can be deleted");
    }
}
