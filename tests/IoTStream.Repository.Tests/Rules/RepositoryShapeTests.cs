using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace IoTStream.Repository.Tests.Rules;

[Parallelizable(ParallelScope.All)]
public sealed partial class RepositoryShapeTests
{
    private static readonly string[] Folders = ["src", "tests", "benchmarks", "samples", "docs"];

    [Test]
    public async Task The_top_level_holds_what_belongs_there_and_nothing_else()
    {
        IEnumerable<string> entries = (await Repository.FilesAsync()).Select(file => file.Split('/')[0]).Distinct(StringComparer.Ordinal);

        entries.Where(entry => !BelongsToTheTopLevel(entry)).Should().BeEmpty("a new top-level entry is a decision that this test records");
    }

    [Test]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Repository.At("IoTStream.sln")).Replace('\\', '/');
        IEnumerable<string> projects = Folders.Select(folder => Repository.At(folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/bin/") && !file.Contains("/obj/"));

        projects.Where(project => !solution.Contains($"\"{project}\"")).Should().BeEmpty("add them with: dotnet sln IoTStream.sln add <project>");
    }

    [Test]
    public void The_restore_settings_name_no_feed()
    {
        XElement settings = XElement.Load(Repository.At("nuget.config"));

        settings.Elements().Select(section => section.Name.LocalName).Should().BeSubsetOf(["config", "packageRestore"], "the feeds are the user's own");
    }

    [TestCase("./test.sh", "test.sh")]
    [TestCase("dotnet run -c Release --project samples/SmartCity", "samples/SmartCity")]
    public void The_readme_tells_the_command(string command, string target)
    {
        if (!Path.Exists(Repository.At(target)))
        {
            Assert.Ignore($"There is no {target} yet.");
        }

        File.ReadAllLines(Repository.At("README.md")).Should().Contain(command, "each of the README's two commands stands on a line of its own");
    }

    [Test]
    public void The_integration_run_calls_the_test_script_and_nothing_else()
    {
        string[] commands = [.. File.ReadAllLines(Repository.At(".ci", "run")).Where(line => line.Length > 0 && line[0] != '#')];

        commands.Should().ContainSingle().Which.Should().EndWith("/test.sh\"");
    }

    [Test]
    public async Task No_file_names_a_folder_of_somebodys_machine()
    {
        List<string> found = [];
        foreach (string file in await Repository.FilesAsync())
        {
            string[] lines = await File.ReadAllLinesAsync(Repository.At(file));
            found.AddRange(lines.Index().Where(line => MachinePath().IsMatch(line.Item)).Select(line => $"{file}({line.Index + 1}): {line.Item.Trim()}"));
        }

        found.Should().BeEmpty();
    }

    // In pieces, lest this file be found itself.
    [TestCase("cd /" + "home/ann/iotstream", true)]
    [TestCase("\"/" + "Users/ann/iotstream\"", true)]
    [TestCase(@"C:\" + @"Users\ann", true)]
    [TestCase("a/home/b and https://example.org/home/page", false)]
    [TestCase("sensors/work/temperature", false)]
    public void A_machine_path_is_told_from_other_paths(string text, bool expected) => MachinePath().IsMatch(text).Should().Be(expected);

    private static bool BelongsToTheTopLevel(string entry) =>
        Folders.Contains(entry) || entry[0] == '.' || entry.EndsWith(".props") || entry.EndsWith(".targets")
        || entry is "IoTStream.sln" or "nuget.config" or "LICENSE" or "README.md" or "global.json" or "test.sh";

    [GeneratedRegex(@"(?<![\w.\-/])/(home|Users|root|work|workspaces?|builds)/[\w.\-]+|[A-Za-z]:\\Users\\", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MachinePath();
}
