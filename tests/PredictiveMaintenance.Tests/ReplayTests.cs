using PredictiveMaintenance.History;

namespace PredictiveMaintenance.Tests;

public sealed class ReplayTests
{
    [Test]
    public async Task The_failures_of_a_real_machine_are_found()
    {
        string? file = Find(Path.Combine("shared", "data", "nab", "machine_temperature_system_failure.csv"));
        if (file is null)
        {
            Assert.Ignore("The series of the Numenta Anomaly Benchmark are not beside the repository.");
        }

        ReplaySummary summary = await Replay.RunAsync(file, CancellationToken.None);
        summary.Rows.Should().Be(22_695);
        (summary.WindowsHit, summary.LabelledWindows).Should().Be((4, 4));
        summary.FalseAlarms.Should().Be(5);
    }

    [Test]
    public async Task Rows_that_are_none_are_told()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "timestamp,value\n2026-01-01 00:00:00,hot\n");
        await FluentActions.Awaiting(() => Replay.RunAsync(file, CancellationToken.None)).Should().ThrowAsync<InvalidDataException>().WithMessage("*'2026-01-01 00:00:00,hot' is no row*");
        File.Delete(file);
    }

    private static string? Find(string path)
    {
        for (DirectoryInfo? folder = new(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, path)))
            {
                return Path.Combine(folder.FullName, path);
            }
        }

        return null;
    }
}
