using System.Text.Json;
using IoTStream.Log;

namespace IoTStream.Tool;

/// <summary>Prints the entries of a log.</summary>
internal static class LogDump
{
    public static int Write(LogDirectory log, DumpOptions options, TextWriter output)
    {
        if (log.Kind == LogKind.Broker)
        {
            throw new UsageException($"'{log.Files.Path}' is the store of an MQTT broker, whose entries are not shown; 'list' and 'verify' work on it.");
        }

        if (log.Kind == LogKind.Queue)
        {
            DumpRecords(log, options, output);
        }
        else
        {
            DumpEpochs(log, options, output);
        }

        return ExitCode.Whole;
    }

    private static void DumpEpochs(LogDirectory log, DumpOptions options, TextWriter output)
    {
        using var reader = new EpochReader(log.Files, options.From);
        while (reader.TryRead(out Epoch epoch) && epoch.Header.Epoch <= options.To)
        {
            EpochHeader header = epoch.Header;
            if (!options.Json)
            {
                string turn = header.CompletesTurn ? ", completes the turn" : "";
                output.WriteLine($"epoch {header.Epoch} of {LogListing.Instant(header.Time)}, base {header.Base}, turn since {header.TurnStart}{turn}");
            }

            Dictionary<int, EpochTable> tables = epoch.ReadTables().ToDictionary(table => table.Number);
            foreach (EpochSection section in epoch)
            {
                string name = tables.TryGetValue(section.Table, out EpochTable table) ? table.Name : $"#{section.Table}";
                if (options.Table is null || options.Table == name)
                {
                    DumpSection(header.Epoch, section, name, options, output);
                }
            }
        }
    }

    private static void DumpSection(long epoch, EpochSection section, string name, DumpOptions options, TextWriter output)
    {
        string kind = section.Kind.ToString().ToLowerInvariant();
        if (!options.Json)
        {
            output.WriteLine($"  {kind} {name} group {section.KeyGroup}: {section.Count:N0} entries, {section.Length:N0} bytes");
        }

        foreach (EpochEntry entry in section)
        {
            string key = options.Format.Show(entry.Key);
            string? value = entry.IsDelete ? null : options.Format.Show(entry.Value);
            if (options.Json)
            {
                WriteJson(output, json =>
                {
                    json.WriteNumber("epoch", epoch);
                    json.WriteString("section", kind);
                    json.WriteString("table", name);
                    json.WriteString("key", key);
                    json.WriteString("value", value);
                });
            }
            else
            {
                output.WriteLine($"    {key} {(value is null ? "deleted" : $"= {value}")}");
            }
        }
    }

    private static void DumpRecords(LogDirectory log, DumpOptions options, TextWriter output)
    {
        using var reader = new TopicReader(log.Files, TopicReader.FindOffset(log.Files, options.From));
        while (reader.TryRead(out QueueBatch batch) && batch.FirstOffset <= options.To)
        {
            long offset = batch.FirstOffset;
            foreach (QueueRecord record in batch)
            {
                if (offset >= options.From && offset <= options.To)
                {
                    DumpRecord(offset, record, options, output);
                }

                offset++;
            }
        }
    }

    private static void DumpRecord(long offset, QueueRecord record, DumpOptions options, TextWriter output)
    {
        string time = LogListing.Instant(record.Timestamp);
        string? key = record.HasKey ? options.Format.Show(record.Key) : null;
        string value = options.Format.Show(record.Value);
        if (options.Json)
        {
            WriteJson(output, json =>
            {
                json.WriteNumber("offset", offset);
                json.WriteString("timestamp", time);
                json.WriteString("key", key);
                json.WriteString("value", value);
            });
        }
        else
        {
            output.WriteLine($"{offset} {time} {(key is null ? "" : $"{key} ")}= {value}");
        }
    }

    private static void WriteJson(TextWriter output, Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }
}
