using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace IoTStream.Repository.Tests.Packages;

[TestFixtureSource(typeof(Repository), nameof(Repository.Packages))]
[Parallelizable(ParallelScope.All)]
public sealed class PackageTests(string id)
{
    private string Library => $"lib/net10.0/{id}";

    [Test]
    public void It_contains_library_documentation_and_readme_and_nothing_else()
    {
        using Package package = PackedRepository.Open(id);

        package.Files.Where(file => !IsOfTheFormat(file)).Should().BeEquivalentTo(Library + ".dll", Library + ".xml", "README.md");
        package.Read("README.md").Should().Equal(File.ReadAllBytes(Repository.At("README.md")));
    }

    [Test]
    public void It_says_what_it_is_and_under_which_licence()
    {
        using Package package = PackedRepository.Open(id);
        XElement metadata = package.Metadata();

        metadata.Element("license").Should().HaveValue("Apache-2.0").And.HaveAttribute("type", "expression");
        metadata.Element("readme").Should().HaveValue("README.md");
        metadata.Element("description")!.Value.Should().NotBeEmpty().And.NotBe("Package Description", "that is the SDK's placeholder");
        metadata.Element("tags")!.Value.Should().Contain("iot");
    }

    [Test]
    public void It_names_the_commit_that_it_was_built_from()
    {
        if (!Path.Exists(Repository.At(".git")))
        {
            Assert.Ignore("This is not a git repository, so there is no commit.");
        }

        using Package package = PackedRepository.Open(id);

        package.Metadata().Element("repository")!.Attribute("commit")!.Value.Should().MatchRegex("^[0-9a-f]{40,64}$");
    }

    [Test]
    public void It_depends_on_what_its_project_refers_to_and_nothing_else()
    {
        XElement project = XElement.Load(Repository.At("src", id, id + ".csproj"));
        IEnumerable<string?> projects = project.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
        IEnumerable<string?> packages = project.Descendants("PackageReference")
            .Where(reference => reference.Attribute("PrivateAssets")?.Value != "all")
            .Select(reference => reference.Attribute("Include")!.Value);

        using Package package = PackedRepository.Open(id);
        XElement group = package.Metadata().Element("dependencies")!.Elements("group").Should().ContainSingle().Subject;

        group.Should().HaveAttribute("targetFramework", "net10.0");
        group.Elements("dependency").Select(dependency => dependency.Attribute("id")!.Value).Should().BeEquivalentTo(projects.Concat(packages));
    }

    [Test]
    public void Its_symbols_lie_beside_it_and_belong_to_its_library()
    {
        using Package package = PackedRepository.Open(id);
        using Package symbols = PackedRepository.Open(id, ".snupkg");
        using PEReader library = package.Assembly(Library + ".dll");
        using MetadataReaderProvider pdb = symbols.Pdb(Library + ".pdb");

        DebugDirectoryEntry codeView = library.ReadDebugDirectory().Single(entry => entry.Type == DebugDirectoryEntryType.CodeView);

        new BlobContentId(pdb.GetMetadataReader().DebugMetadataHeader!.Id).Guid
            .Should().Be(library.ReadCodeViewDebugDirectoryData(codeView).Guid);
    }

    [Test]
    public void It_is_built_deterministically()
    {
        using Package package = PackedRepository.Open(id);
        using PEReader library = package.Assembly(Library + ".dll");

        library.ReadDebugDirectory().Should().Contain(entry => entry.Type == DebugDirectoryEntryType.Reproducible);
    }

    [Test]
    public void A_release_names_its_sources_without_the_folder_that_it_was_built_in()
    {
        if (Repository.Configuration != "Release" || !Path.Exists(Repository.At(".git")))
        {
            Assert.Ignore("Only releases that are built from a git repository map their paths.");
        }

        using Package symbols = PackedRepository.Open(id, ".snupkg");
        using MetadataReaderProvider pdb = symbols.Pdb(Library + ".pdb");
        MetadataReader reader = pdb.GetMetadataReader();

        reader.Documents.Select(handle => reader.GetString(reader.GetDocument(handle).Name)).Should().OnlyContain(name => name.StartsWith("/_"));
    }

    private static bool IsOfTheFormat(string file) =>
        file is "[Content_Types].xml" || file.StartsWith("_rels/", StringComparison.Ordinal) || file.StartsWith("package/", StringComparison.Ordinal)
        || file.EndsWith(".nuspec", StringComparison.Ordinal);
}
