namespace IoTStream.Repository.Tests.Snippets;

[Parallelizable(ParallelScope.All)]
public sealed class SnippetTests
{
    private static IEnumerable<string> Documents =>
        Directory.GetFiles(Repository.At("docs"), "*.md", SearchOption.AllDirectories)
            .Append(Repository.At("README.md"))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Documents))]
    public void Every_snippet_of_a_document_compiles(string document)
    {
        IReadOnlyList<Snippet> snippets = Markdown.Snippets(document, Read(document)!);

        string[] errors = [.. SnippetCheck.Errors(snippets, Read)];

        Assert.That(errors, Is.Empty, () => string.Join('\n', errors));
    }

    [Test]
    public void The_quickstart_of_the_readme_is_the_one_of_the_samples()
    {
        const string Quickstart = "samples/Quickstart/Program.cs";
        if (Read(Quickstart) is null)
        {
            Assert.Ignore($"There is no {Quickstart} yet.");
        }

        Markdown.Snippets("README.md", Read("README.md")!).Should().Contain(
            snippet => snippet.Marker == Quickstart, "the README shows the quickstart below <!-- snippet: {0} -->", Quickstart);
    }

    private static string? Read(string file) => File.Exists(Repository.At(file)) ? File.ReadAllText(Repository.At(file)) : null;
}
