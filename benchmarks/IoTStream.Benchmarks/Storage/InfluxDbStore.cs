using System.Globalization;
using System.Text;
using System.Text.Json;
using IoTStream.Connectors;
using IoTStream.Storage.InfluxDb;

namespace IoTStream.Benchmarks.Storage;

/// <summary>A database of InfluxDB 1. Bare: requests of 5,000 lines, one after the other.</summary>
internal sealed class InfluxDbStore(Uri server) : Store("InfluxDB")
{
    private const string Database = "iotstream_benchmark";
    private const int LinesARequest = 5_000;

    private readonly HttpClient _client = new();

    public override ISink<Row> Sink => InfluxDbSink.To(
        InfluxDbTarget.Database(server, Database),
        new PointMapping<Row>("rows").Tag("machine", r => r.Machine.ToString(CultureInfo.InvariantCulture)).Field("value", r => r.Value).At(r => r.At));

    public override bool IsExactlyOnce => false;

    public override async Task EmptyAsync()
    {
        await QueryAsync($"DROP DATABASE {Database}");
        await QueryAsync($"CREATE DATABASE {Database}");
    }

    public override async Task WriteBareAsync(Row[] rows)
    {
        var write = new Uri(server, $"write?db={Database}&precision=ns");
        foreach (Row[] chunk in rows.Chunk(LinesARequest))
        {
            var lines = new StringBuilder();
            foreach (Row row in chunk)
            {
                lines.Append(CultureInfo.InvariantCulture, $"rows,machine={row.Machine} value={row.Value} {(row.At.UtcTicks - DateTime.UnixEpoch.Ticks) * TimeSpan.NanosecondsPerTick}\n");
            }

            using var content = new StringContent(lines.ToString());
            using HttpResponseMessage response = await _client.PostAsync(write, content);
            response.EnsureSuccessStatusCode();
        }
    }

    public override async Task<long> CountAsync()
    {
        using JsonDocument answer = JsonDocument.Parse(await QueryAsync("SELECT count(value) FROM rows"));
        return answer.RootElement.GetProperty("results")[0].GetProperty("series")[0].GetProperty("values")[0][1].GetInt64();
    }

    public override async ValueTask DisposeAsync()
    {
        await QueryAsync($"DROP DATABASE {Database}");
        _client.Dispose();
    }

    private async Task<string> QueryAsync(string statement)
    {
        using var form = new FormUrlEncodedContent([new("db", Database), new("q", statement)]);
        using HttpResponseMessage response = await _client.PostAsync(new Uri(server, "query"), form);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }
}
