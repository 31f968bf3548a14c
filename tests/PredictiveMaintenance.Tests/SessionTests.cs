using System.Text.Json;
using PredictiveMaintenance.Accounting;
using PredictiveMaintenance.Cloud;
using PredictiveMaintenance.CommandLine;

namespace PredictiveMaintenance.Tests;

public sealed class SessionTests
{
    private DirectoryInfo _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("predictive-maintenance-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task Everything_is_accounted_for_although_the_link_is_cut_and_the_gateway_killed()
    {
        string file = Path.Combine(_folder.FullName, "summary.json");
        await using StringWriter output = new(), error = new();
        int code = await new MaintenanceCommand()
            .Parse(["--duration", "15", "--machines", "5", "--no-ui", "--summary", file, "--output", _folder.FullName], (options, stopping) => Session.RunAsync(options, output, error, stopping))
            .InvokeAsync();
        string said = $"{output}{error}";
        code.Should().Be(Session.Balanced, said);
        Summary summary = JsonSerializer.Deserialize(await File.ReadAllTextAsync(file), MaintenanceJson.Default.Summary)!;
        summary.Readings.Should().Be(5 * 2 * 150);
        summary.ReadingsHeard.Should().Be(summary.Readings);
        summary.Injected.Should().BeGreaterThanOrEqualTo(3, "three machines share a fault");
        summary.Detected.Should().Be(summary.Injected, said);
        summary.FalseAlarms.Should().Be(0, said);
        (summary.MessagesLost, summary.MessagesDuplicated, summary.MessagesOutOfOrder).Should().Be((0, 0, 0));
        summary.Incidents.Should().Be(1);
        summary.WorkOrdersDuplicated.Should().Be(0);
        summary.BytesUp.Should().BeLessThan(summary.RawBytes / 5);
        new Folder(Path.Combine(_folder.FullName, "cloud")).Read("orders", MaintenanceJson.Default.WorkOrder)
            .Should().Contain(static order => order.Task == "inspect for Leak");
    }

    [TestCase("--duration 1", "--duration is 1. Give a number from 15 to 86400.")]
    [TestCase("--machines 1000", "--machines is 1000. Give a number from 2 to 200.")]
    [TestCase("--replay none.csv", "--replay: there is no file 'none.csv'. Give a CSV file of timestamp,value rows.")]
    public void What_cannot_be_is_told(string arguments, string message)
    {
        new MaintenanceCommand().Parse(arguments.Split(' '), static (_, _) => Task.FromResult(0)).Errors.Should().ContainSingle().Which.Message.Should().Be(message);
    }

    [Test]
    public void A_machine_that_gets_no_worse_has_no_end()
    {
        var hour = TimeSpan.FromHours(1);
        RemainingLife.Of("press-1", DateTimeOffset.UnixEpoch, default, hour).Hours.Should().BeNull();
    }
}
