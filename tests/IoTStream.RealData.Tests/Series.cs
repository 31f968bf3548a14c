using IoTStream.Connectors;

namespace IoTStream.RealData.Tests;

/// <summary>A series of the Numenta Anomaly Benchmark, which lies beside the repository where it is developed.</summary>
internal sealed record Series(string Name)
{
    public static Series Machine { get; } = new("machine_temperature_system_failure");

    public static Series[] Traffic { get; } = [new("speed_6005"), new("speed_7578"), new("occupancy_6005"), new("TravelTime_387")];

    /// <summary>The file of the series. A test that asks for it is skipped where there is none.</summary>
    public string File
    {
        get
        {
            DirectoryInfo? folder = new(TestContext.CurrentContext.TestDirectory);
            while (folder is not null && !Path.Exists(Path.Combine(folder.FullName, "IoTStream.sln")))
            {
                folder = folder.Parent;
            }

            string path = Path.GetFullPath(Path.Combine(folder!.FullName, "..", "shared", "data", "nab", Name + ".csv"));
            if (!System.IO.File.Exists(path))
            {
                Assert.Ignore($"There is no ../shared/data/nab/{Name}.csv beside the repository.");
            }

            return path;
        }
    }

    /// <summary>The series as a source of the library's own, rows in the order of the file.</summary>
    public ISource<Sample> Source() => Csv.Read(
        row => new Sample(Name, row.DateTimeOffset("timestamp", "yyyy-MM-dd HH:mm:ss"), row.Double("value")), File);
}
