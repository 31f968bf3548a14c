using System.Globalization;

namespace PredictiveMaintenance.History;

/// <summary>A recorded series: a file of <c>timestamp,value</c> rows, as the Numenta Anomaly Benchmark has them.</summary>
internal sealed record Series(string Name, IReadOnlyList<Point> Points)
{
    private const string Header = "timestamp,value";

    /// <exception cref="InvalidDataException">A row cannot be read.</exception>
    public static Series Read(string path) =>
        new(Path.GetFileNameWithoutExtension(path), [.. File.ReadLines(path).Where(static line => line.Length > 0 && line != Header).Select(line => ReadPoint(path, line))]);

    private static Point ReadPoint(string path, string line) =>
        line.Split(',') is [string at, string value]
        && DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
        && double.TryParse(value, CultureInfo.InvariantCulture, out double number)
            ? new Point(time, number)
            : throw new InvalidDataException($"{path}: '{line}' is no row of timestamp,value such as 2013-12-02 21:15:00,73.97.");
}

/// <summary>A value at an instant.</summary>
internal sealed record Point(DateTimeOffset At, double Value);
