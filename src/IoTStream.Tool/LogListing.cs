using System.Globalization;
using IoTStream.Log;

namespace IoTStream.Tool;

/// <summary>Shows what a log holds, in outline.</summary>
internal static class LogListing
{
    public static int Write(LogDirectory log, TextWriter output)
    {
        var frames = new Dictionary<string, long>(StringComparer.Ordinal);
        LogCheck check = LogCheck.Run(log.Files, (in LogFrame frame) =>
        {
            if (frame.Type <= FrameType.LastOwn)
            {
                frames[frame.File] = frames.GetValueOrDefault(frame.File) + 1;
            }
        });
        string unit = log.Kind is LogKind.Queue or LogKind.Broker ? "batches" : "epochs";
        output.WriteLine($"Log {log.Files.Path}: {unit} {check.Start} to {check.NextSequence - 1}");
        output.WriteLine();
        output.WriteLine($"{"segment",-26}{unit,12}{"bytes",16}  created");
        foreach (Segment segment in check.Segments)
        {
            string path = Path.Combine(log.Files.Path, segment.Header.FileName);
            output.WriteLine($"{segment.Header.FileName,-26}{frames.GetValueOrDefault(path),12:N0}{segment.Length,16:N0}  {Instant(segment.Header.Created)}");
        }

        if (log.Kind == LogKind.Epochs && check.Damage.Count == 0 && check.NextSequence > check.Start)
        {
            WriteState(log, check.NextSequence - 1, output);
        }

        if (log.Kind == LogKind.Queue && check.Damage.Count == 0)
        {
            WriteTopic(log, output);
        }

        WriteSavepoints(log, output);
        return Damages.Write(check, output);
    }

    public static string Instant(long ticks) =>
        new DateTime(Math.Clamp(ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), DateTimeKind.Utc).ToString("yyyy-MM-dd HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private static void WriteTopic(LogDirectory log, TextWriter output)
    {
        output.WriteLine();
        using (var reader = new TopicReader(log.Files, from: 0))
        {
            long first = reader.TryRead(out QueueBatch batch) ? batch.FirstOffset : 0;
            output.WriteLine($"Records from offset {first} to {TopicReader.FindEnd(log.Files) - 1}");
        }

        IReadOnlyList<string> consumers = ConsumerPosition.Names(log.Files);
        if (consumers.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine($"{"consumer",-36}{"next offset",14}");
        foreach (string name in consumers)
        {
            output.WriteLine($"{name,-36}{new ConsumerPosition(log.Files, name).Read(),14}");
        }
    }

    private static void WriteState(LogDirectory log, long last, TextWriter output)
    {
        EpochHeader header;
        using (var reader = new EpochReader(log.Files, last))
        {
            if (!reader.TryRead(out Epoch epoch))
            {
                return;
            }

            header = epoch.Header;
        }

        output.WriteLine();
        output.WriteLine($"Last epoch {header.Epoch} of {Instant(header.Time)}; state follows from epoch {header.Base} on; the current turn began with {header.TurnStart}");
        var summary = new SortedDictionary<string, TableSummary>(StringComparer.Ordinal);
        using var replay = new EpochReader(log.Files, header.Base);
        while (replay.TryRead(out Epoch epoch))
        {
            Dictionary<int, EpochTable> tables = epoch.ReadTables().ToDictionary(table => table.Number);
            foreach (EpochSection section in epoch)
            {
                string name = tables.TryGetValue(section.Table, out EpochTable table) ? table.Name : $"#{section.Table}";
                string label = $"{name} ({Words.Of(section.Kind)})";
                if (!summary.TryGetValue(label, out TableSummary? of))
                {
                    of = new TableSummary(table.Format ?? "");
                    summary.Add(label, of);
                }

                of.Apply(section);
            }
        }

        output.WriteLine();
        output.WriteLine($"{"table",-36}{"keys",12}{"entries",14}{"bytes",16}  format");
        foreach ((string name, TableSummary table) in summary)
        {
            output.WriteLine($"{name,-36}{(table.HasKeys ? table.Keys.Count.ToString("N0") : "-"),12}{table.Entries,14:N0}{table.Bytes,16:N0}  {table.Format}".TrimEnd());
        }
    }

    private static void WriteSavepoints(LogDirectory log, TextWriter output)
    {
        IReadOnlyList<Savepoint> savepoints = Savepoint.List(log.Files);
        if (savepoints.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine($"{"savepoint",-36}{"epoch",12}  taken");
        foreach (Savepoint savepoint in savepoints)
        {
            output.WriteLine($"{savepoint.Name,-36}{savepoint.Epoch,12}  {Instant(savepoint.Time)}");
        }
    }

    private sealed class TableSummary(string format)
    {
        public string Format => format;

        public KeySet Keys { get; } = new();

        public bool HasKeys { get; private set; }

        public long Entries { get; private set; }

        public long Bytes { get; private set; }

        public void Apply(EpochSection section)
        {
            Entries += section.Count;
            Bytes += section.Length;
            if (section.Kind == SectionKind.Outbox)
            {
                return;
            }

            HasKeys = true;
            foreach (EpochEntry entry in section)
            {
                Keys.Apply(entry);
            }
        }
    }
}
