namespace IoTStream.Repository.Tests.Snippets;

[Parallelizable(ParallelScope.All)]
public sealed class SnippetCheckTests
{
    [Test]
    public void A_program_with_its_own_usings_compiles() => Errors("""
        ```csharp
        using IoTStream.Connectors;

        var headers = new RecordHeaders(new RecordHeader("unit", "km/h"));
        Console.WriteLine(await Task.FromResult(headers.Text("unit")));
        ```
        """).Should().BeEmpty();

    [Test]
    public void An_error_is_told_with_document_and_line() => Errors("""
        # Title

        ```csharp
        int right = 1;
        int wrong = "two";
        ```
        """).Should().ContainSingle().Which.Should().StartWith("guide.md(5): CS0029");

    [Test]
    public void A_warning_counts_as_an_error() => Errors("""
        ```csharp
        string? name = null;
        Console.WriteLine(name.Length);
        ```
        """).Should().ContainSingle().Which.Should().StartWith("guide.md(3): CS8602");

    [Test]
    public void A_continuation_sees_what_came_before_and_may_bring_usings_and_types() => Errors("""
        ```csharp
        var first = new Reading(1);
        record Reading(int Value);
        ```
        Text.
        <!-- snippet: continues -->
        ```csharp
        using System.Globalization;

        Console.WriteLine(first.Value.ToString(CultureInfo.InvariantCulture));
        ```
        <!-- snippet: continues -->

        ```csharp
        Console.WriteLine(first.Missing);
        ```
        """).Should().ContainSingle().Which.Should().StartWith("guide.md(15): CS1061");

    [Test]
    public void A_snippet_without_a_marker_does_not_see_the_one_before() => Errors("""
        ```csharp
        int first = 1;
        ```
        ```csharp
        Console.WriteLine(first);
        ```
        """).Should().ContainSingle().Which.Should().StartWith("guide.md(5): CS0103");

    [Test]
    public void A_setup_file_is_seen_but_not_shown() => Errors(
        """
        <!-- snippet: with docs/snippets/setup.cs -->
        ```csharp
        Console.WriteLine(limit + missing);
        ```
        """,
        ("docs/snippets/setup.cs", "int limit = 20;")).Should().ContainSingle().Which.Should().StartWith("guide.md(3): CS0103");

    [Test]
    public void A_block_that_names_a_file_equals_it()
    {
        const string Document = """
            <!-- snippet: samples/Quickstart/Program.cs -->
            ```csharp
            Run();
            ```
            """;

        Errors(Document, ("samples/Quickstart/Program.cs", "Run();\n")).Should().BeEmpty();
        Errors(Document, ("samples/Quickstart/Program.cs", "Walk();\n")).Should().ContainSingle().Which.Should().Contain("- Walk();\n+ Run();");
        Errors(Document).Should().ContainSingle().Which.Should().Contain("there is no file");
    }

    [Test]
    public void A_block_that_is_not_compiled_says_why()
    {
        Errors("<!-- snippet: not compiled: pseudo code -->\n```csharp\n???\n```").Should().BeEmpty();
        Errors("<!-- snippet: not compiled -->\n```csharp\n???\n```").Should().ContainSingle().Which.Should().Contain("say why");
    }

    [Test]
    public void A_marker_that_means_nothing_is_an_error() =>
        Errors("<!-- snippet: continued -->\n```csharp\nint x;\n```").Should().ContainSingle().Which.Should().Contain("no snippet marker");

    [Test]
    public void A_marker_reaches_no_further_than_the_text_below_it() =>
        Errors("<!-- snippet: not compiled: pseudo code -->\nText.\n```csharp\n???\n```").Should().NotBeEmpty();

    [Test]
    public void A_json_context_is_generated() => Errors("""
        ```csharp
        using System.Text.Json.Serialization;
        using IoTStream.Connectors;

        ICodec<Reading> codec = Json.Of(Contracts.Default.Reading);

        record Reading(int Value);

        [JsonSerializable(typeof(Reading))]
        partial class Contracts : JsonSerializerContext;
        ```
        """).Should().BeEmpty();

    [Test]
    public void Blocks_in_lists_and_in_other_languages_are_told_apart() => Errors("""
        - In a list:

          ```csharp
          int x = "two";
          ```

          ```sh
          dotnet run
          ```

        ````md
        ```csharp
        ???
        ```
        ````
        """).Should().ContainSingle().Which.Should().StartWith("guide.md(4): CS0029");

    private static string[] Errors(string document, params (string Path, string Text)[] files) =>
    [
        .. SnippetCheck.Errors(
            Markdown.Snippets("guide.md", document),
            path => files.Where(file => file.Path == path).Select(file => file.Text).FirstOrDefault()),
    ];
}
