using System.Globalization;
using SmartCity.Accounting;
using SmartCity.Traffic;

namespace SmartCity.Tests;

public sealed class ReplayTests
{
    private static readonly string[] Results = ["windows.jsonl", "alerts.jsonl", "late.jsonl", "dead-letters.jsonl"];
    private readonly string _folder = Directory.CreateTempSubdirectory("smart-city").FullName;

    [OneTimeTearDown]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Rows_become_windows_alerts_late_readings_and_dead_letters()
    {
        string quay = Write(
            "quay.csv", "timestamp,value", "2026-01-01 08:00:00,40", "2026-01-01 08:04:59,50", "2026-01-01 08:05:00,10", "2026-01-01 08:06:00,nonsense",
            "2026-01-01 08:07:00,30", "2026-01-01 08:04:58,99", "2026-01-01 08:06:30,20", "2026-01-01 08:08:00,-1");
        string hill = Write("hill.csv", "timestamp,value", "2026-01-01 08:01:00,60", "2026-01-01 09:00:00,70");

        using Run run = await ReplayAsync(quay, hill);

        run.ExitCode.Should().Be(0, run.Output);
        run.Windows.Select(window => (window.Road, $"{window.Start:HH:mm}", window.Readings, window.MeanSpeed)).Should().Equal(
            ("quay", "08:00", 2, 45), ("hill", "08:00", 1, 60), ("quay", "08:05", 3, 20), ("hill", "09:00", 1, 70));
        run.Lines("late.jsonl").Should().ContainSingle().Which.Should().Contain("99");
        run.Lines("dead-letters.jsonl").Should().HaveCount(2).And.Contain(line => line.Contains("nonsense"));
        Summary summary = run.Summary;
        (summary.Sensors, summary.Published, summary.Received, summary.Decoded).Should().Be((2, 10, 10, 9));
        (summary.DeadLettered, summary.Late, summary.Windows, summary.Alerts).Should().Be((2, 1, 4, 0));
        summary.LatencyMsP50.Should().BeNull();
    }

    [Test]
    public async Task Files_of_the_same_name_are_different_roads()
    {
        string one = Write("one/road.csv", "2026-01-01 08:00:00,40");
        string other = Write("other/road.csv", "2026-01-01 08:00:00,60");

        using Run run = await ReplayAsync(one, other);

        run.Windows.Select(window => (window.Road, window.MeanSpeed)).Should().Equal((one, 40), (other, 60));
    }

    [Test]
    public async Task Recorded_traffic_gives_what_a_loop_gives_and_the_same_every_time()
    {
        string[] files = [Recorded("speed_6005.csv"), Recorded("speed_7578.csv")];

        using Run first = await ReplayAsync(files);
        using Run second = await ReplayAsync(files);

        first.ExitCode.Should().Be(0, first.Output);
        foreach (string file in Results)
        {
            second.Text(file).Should().Be(first.Text(file));
        }

        var expected = files.SelectMany(Rows)
            .GroupBy(row => (row.Road, Start: row.Time.AddTicks(-(row.Time.Ticks % TimeSpan.FromMinutes(5).Ticks))))
            .ToDictionary(window => window.Key, window => (window.LongCount(), Math.Round(window.Average(row => row.Speed), 2)));
        first.Windows.Should().HaveCount(expected.Count);
        foreach (RoadWindow window in first.Windows)
        {
            (long count, double mean) = expected[(window.Road, window.Start.UtcDateTime)];
            window.Readings.Should().Be(count);
            window.MeanSpeed.Should().BeApproximately(mean, 0.0101);
        }

        first.Summary.Alerts.Should().Be(expected.Values.Count(window => window.Item2 < 20)).And.BePositive();
    }

    private static Task<Run> ReplayAsync(params string[] files) => Run.OfAsync(new CityOptions { Replay = files });

    /// <summary>A file of the Numenta Anomaly Benchmark, which lies beside the repository where it is developed.</summary>
    private static string Recorded(string file)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "IoTStream.sln")))
        {
            folder = folder.Parent;
        }

        string path = Path.Combine(folder!.FullName, "..", "shared", "data", "nab", file);
        if (!File.Exists(path))
        {
            Assert.Ignore($"There is no ../shared/data/nab/{file} beside the repository.");
        }

        return path;
    }

    private static IEnumerable<(string Road, DateTime Time, double Speed)> Rows(string file) =>
        from line in File.ReadLines(file).Skip(1)
        let fields = line.Split(',')
        select (
            Path.GetFileNameWithoutExtension(file),
            DateTime.ParseExact(fields[0], "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            double.Parse(fields[1], CultureInfo.InvariantCulture));

    private string Write(string name, params string[] lines)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, lines);
        return path;
    }
}
