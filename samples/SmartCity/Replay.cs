using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using SmartCity.Accounting;
using SmartCity.Traffic;

namespace SmartCity;

/// <summary>
/// Recorded traffic: files of <c>timestamp,speed</c> rows, a road each. They are merged by time into one stream, so that the result is the
/// same every time, whichever file is read faster.
/// </summary>
internal sealed class Replay(CityOptions options, Ledger ledger, TimeProvider clock) : IFeed
{
    private const string Header = "timestamp,value";

    public TimeSpan OutOfOrderness { get; } = TimeSpan.FromMinutes(1);

    public string Description => $"Replaying {string.Join(", ", options.Replay)}.";

    public long StartedAt { get; private set; }

    public DataStream<Reading> Readings(TopologyBuilder city) => city
        .From("rows", Rows())
        .Select(row => row.Read(), ErrorPolicy.DeadLetter, "decode");

    public async Task RunAsync(Job job, CancellationToken stopping) =>
        await job.Completion.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public ValueTask DisposeAsync() => default;

    /// <summary>The rows of all files by their time, those that tell no time as soon as it is their turn in their file.</summary>
    private IEnumerable<ReplayRow> Rows()
    {
        StartedAt = clock.GetTimestamp();
        var heads = new PriorityQueue<Head, (long Time, int File)>();
        for (int file = 0; file < options.Replay.Count; file++)
        {
            Advance(new Head(file, Rows(file).GetEnumerator()), heads);
        }

        long latest = long.MinValue;
        while (heads.TryDequeue(out Head? head, out _))
        {
            Note(head.Rows.Current, ref latest);
            yield return head.Rows.Current;
            Advance(head, heads);
        }
    }

    private IEnumerable<ReplayRow> Rows(int file)
    {
        string road = RoadOf(options.Replay[file]);
        long sequence = 0;
        foreach (string line in File.ReadLines(options.Replay[file]))
        {
            bool isHeader = sequence == 0 && line.Equals(Header, StringComparison.OrdinalIgnoreCase);
            if (line.Length > 0 && !isHeader)
            {
                yield return new ReplayRow(file, sequence++, road, line);
            }
        }
    }

    /// <summary>The file's name, or its path if another file bears the same name.</summary>
    private string RoadOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return options.Replay.Count(other => name.Equals(Path.GetFileNameWithoutExtension(other), StringComparison.Ordinal)) == 1 ? name : path;
    }

    private static void Advance(Head head, PriorityQueue<Head, (long Time, int File)> heads)
    {
        if (head.Rows.MoveNext())
        {
            heads.Enqueue(head, (head.Rows.Current.TryRead()?.MeasuredAt ?? long.MinValue, head.File));
        }
        else
        {
            head.Rows.Dispose();
        }
    }

    /// <summary>Writes down what is to become of a row.</summary>
    private void Note(ReplayRow row, ref long latest)
    {
        ledger.Published(row.Sensor);
        if (row.TryRead() is not { IsPlausible: true } reading)
        {
            ledger.ExpectDeadLetter();
            return;
        }

        latest = Math.Max(latest, reading.MeasuredAt);
        if (ledger.WindowEnd(reading.MeasuredAt) <= latest - (long)OutOfOrderness.TotalMilliseconds)
        {
            ledger.ExpectLate();
        }
        else
        {
            ledger.Expect(reading.Road, reading.MeasuredAt, reading.Vehicles);
        }
    }

    private sealed record Head(int File, IEnumerator<ReplayRow> Rows);
}
