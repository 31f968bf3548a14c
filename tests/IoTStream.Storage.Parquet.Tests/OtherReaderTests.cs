using System.Diagnostics;
using System.Text.Json;

namespace IoTStream.Storage.Parquet.Tests;

/// <summary>npm's hyparquet reads what the sink has written. test.sh installs it.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class OtherReaderTests
{
    private const string Script = """
        const { pathToFileURL } = require('url');
        (async () => {
            const { asyncBufferFromFile, parquetReadObjects, parquetMetadataAsync } = await import(pathToFileURL(process.argv[1] + '/src/node.js'));
            const file = await asyncBufferFromFile(process.argv[2]);
            const types = (await parquetMetadataAsync(file)).schema.slice(1).map(column => [column.name, column.type, column.logical_type?.type ?? null, column.logical_type?.isAdjustedToUTC ?? null]);
            const rows = await parquetReadObjects({ file, utf8: false });
            console.log(JSON.stringify({ types, rows }, (_, value) => typeof value === 'bigint' ? value.toString() : value instanceof Uint8Array ? Array.from(value) : value));
        })();
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Test]
    public async Task Another_reader_finds_the_same_types_and_values([Values] bool merged)
    {
        string package = NodePackage.Find("hyparquet", "1");
        using var lake = new Lake();
        (string? Text, double? Real, long? Whole, DateTimeOffset At, bool Flag, decimal? Exact, DateOnly Day, byte[]? Bytes)[] rows =
        [
            ("ü€😀", 1.5, long.MaxValue, new DateTimeOffset(2026, 1, 2, 5, 4, 5, 678, TimeSpan.FromHours(2)), true, 12.34m, new DateOnly(2024, 2, 29), [0, 255]),
            (null, null, null, DateTimeOffset.UnixEpoch, false, null, new DateOnly(1970, 1, 1), null),
        ];
        for (int run = 0; run < (merged ? 2 : 1); run++)
        {
            await Jobs.RunAsync(
                ParquetSink.To<(string? Text, double? Real, long? Whole, DateTimeOffset At, bool Flag, decimal? Exact, DateOnly Day, byte[]? Bytes)>(lake.Path, "other", row => row
                    .Column("text", r => r.Text).Column("real", r => r.Real).Column("whole", r => r.Whole).Column("at", r => r.At).Column("flag", r => r.Flag)
                    .Column("exact", r => r.Exact, scale: 2).Column("day", r => r.Day).Column("bytes", r => r.Bytes)),
                merged ? [rows[run]] : rows,
                withLog: false);
        }

        if (merged)
        {
            await ParquetLake.CompactAsync(lake.Path, "other", new CompactionOptions { OrderBy = "text", Compression = ParquetCompression.Snappy });
        }

        string output = await RunAsync(package, Path.Combine(lake.Path, "other", lake.Files("other").Single()));
        using JsonDocument read = JsonDocument.Parse(output);
        read.RootElement.GetProperty("types").EnumerateArray().Select(static type => type.GetRawText()).Should().Equal(
            """["text","BYTE_ARRAY",null,null]""",
            """["real","DOUBLE",null,null]""",
            """["whole","INT64",null,null]""",
            """["at","INT64","TIMESTAMP",true]""",
            """["flag","BOOLEAN",null,null]""",
            """["exact","FIXED_LEN_BYTE_ARRAY","DECIMAL",null]""",
            """["day","INT32",null,null]""",
            """["bytes","BYTE_ARRAY",null,null]""");
        read.RootElement.GetProperty("rows").EnumerateArray().Select(static row => row.GetRawText()).Should().BeEquivalentTo(
            """{"text":"ü€😀","real":1.5,"whole":"9223372036854775807","at":"2026-01-02T03:04:05.678Z","flag":true,"exact":12.34,"day":"2024-02-29T00:00:00.000Z","bytes":[0,255]}""",
            """{"text":null,"real":null,"whole":null,"at":"1970-01-01T00:00:00.000Z","flag":false,"exact":null,"day":"1970-01-01T00:00:00.000Z","bytes":null}""");
    }

    private static async Task<string> RunAsync(string package, string file)
    {
        using var process = Process.Start(new ProcessStartInfo("node", ["-e", Script, "--", package, file]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        using var limit = new CancellationTokenSource(Limit);
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        process.ExitCode.Should().Be(0, "{0}", await errors);
        return output;
    }
}
