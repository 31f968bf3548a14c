using System.Text.Json;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Storage.InfluxDb.Tests;

/// <summary>Against a real server.</summary>
public sealed class InfluxDbServerTests
{
    private InfluxDbServer _server = null!;

    [OneTimeSetUp]
    public async Task StartServerAsync() => _server = await InfluxDbServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopServerAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Test]
    public async Task Values_of_all_kinds_come_back([Values] bool compress)
    {
        string database = compress ? "kinds_gzip" : "kinds";
        await _server.QueryAsync("", $"CREATE DATABASE {database}");
        var rows = new Row[]
        {
            new("a, b=c \"d\" 'e' ü€😀", long.MaxValue, -1.5e-300, true, "quotes \" and \\ and\nlines, with = and ü€😀"),
            new("\\ ", long.MinValue, double.MaxValue, false, ""),
            new("x\\,y", 0, 0.1, true, "\\"),
        };
        PointMapping<Row> mapping = new PointMapping<Row>("ki nds, of=all")
            .Tag("ma chine,=", row => row.Machine)
            .Field("whole", row => row.Whole)
            .Field("real", row => row.Real)
            .Field("flag", row => row.Flag)
            .Field("te xt", row => row.Text)
            .At(row => DateTimeOffset.UnixEpoch.AddSeconds(Array.IndexOf(rows, row)));

        await RunAsync(rows, InfluxDbSink.To(InfluxDbTarget.Database(_server.Address, database), mapping, new InfluxDbSinkOptions { Compress = compress }));

        IReadOnlyList<JsonElement[]> read = await _server.QueryAsync(database, "SELECT \"ma chine,=\", whole, real, flag, \"te xt\" FROM \"ki nds, of=all\"");
        read.Select(static row => (row[0].GetInt64(), new Row(row[1].GetString()!, row[2].GetInt64(), row[3].GetDouble(), row[4].GetBoolean(), row[5].GetString()!)))
            .Should().Equal(rows.Select(static (row, place) => (place * 1_000_000_000L, row)));
    }

    [Test]
    public async Task Points_that_the_server_does_not_take_do_not_keep_others_from_being_stored()
    {
        await _server.QueryAsync("", "CREATE DATABASE rejected");
        InfluxDbTarget target = InfluxDbTarget.Database(_server.Address, "rejected");
        PointMapping<int> mapping = new PointMapping<int>("m").Field("f", number => number == 2 ? null : number).At(number => DateTimeOffset.UnixEpoch.AddSeconds(number));
        await RunAsync([1], InfluxDbSink.To(target, mapping));

        // The field of the second point is text, which it may not be any more.
        PointMapping<int> withText = mapping.Field("other", number => number).Field("text", number => number == 2 ? "text" : null);
        await RunAsync([5], InfluxDbSink.To(target, new PointMapping<int>("m").Field("text", number => number).At(number => DateTimeOffset.UnixEpoch.AddSeconds(number))));
        await RunAsync([2, 3, 4], InfluxDbSink.To(target, withText, new InfluxDbSinkOptions { Rejected = RejectedPoints.Skip }));

        (await _server.QueryAsync("rejected", "SELECT f FROM m")).Select(static row => row[1].GetInt64()).Should().Equal(1, 3, 4);
    }

    [Test]
    public async Task A_server_that_is_killed_and_comes_back_has_every_point_once()
    {
        const int Count = 20_000;
        await _server.QueryAsync("", "CREATE DATABASE crash");
        int taken = 0;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = new TopologyBuilder("crash");
        builder.From("numbers", [.. Enumerable.Range(0, Count)])
            .Select(number =>
            {
                if (++taken == Count / 2)
                {
                    reached.SetResult();
                }

                return number;
            })
            .To("points", InfluxDbSink.To(
                InfluxDbTarget.Database(_server.Address, "crash"),
                new PointMapping<int>("m").Tag("machine", number => $"{number % 10}").Field("f", number => number).At(number => DateTimeOffset.UnixEpoch.AddSeconds(number)),
                new InfluxDbSinkOptions { BatchSize = 100 }));

        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 2 });
        await reached.Task;
        await _server.KillAsync();
        await _server.StartAgainAsync();
        await job.Completion;

        (await _server.QueryAsync("crash", "SELECT count(f), sum(f) FROM m")).Select(static row => (row[1].GetInt64(), row[2].GetInt64()))
            .Should().Equal((Count, Count * (Count - 1L) / 2));
    }

    [Test]
    public async Task A_job_that_writes_again_after_a_restart_leaves_every_point_once()
    {
        const int Count = 3_000;
        string folder = Directory.CreateTempSubdirectory("iotstream-influxdb-log-").FullName;
        await _server.QueryAsync("", "CREATE DATABASE again");
        try
        {
            for (int run = 0; run < 3; run++)
            {
                int seen = 0;
                var builder = new TopologyBuilder("again");
                builder.From("numbers", Source.From([.. Enumerable.Range(0, Count)]))
                    .Select(number => ++seen > Count / 2 && run < 2 ? throw new InvalidOperationException("Broken.") : number)
                    .To("points", InfluxDbSink.To(
                        InfluxDbTarget.Database(_server.Address, "again"),
                        new PointMapping<int>("m").Field("f", number => number).At(number => DateTimeOffset.UnixEpoch.AddSeconds(number)),
                        new InfluxDbSinkOptions { BatchSize = 100 }));
                Topology topology = builder.Build();
                Func<Task> runJob = () => topology.RunAsync(new JobOptions { Lanes = 1, EpochLog = EpochLog.At(folder), EpochInterval = TimeSpan.FromMilliseconds(20) });
                if (run < 2)
                {
                    await runJob.Should().ThrowAsync<JobFailedException>();
                }
                else
                {
                    await runJob();
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        (await _server.QueryAsync("again", "SELECT count(f), sum(f) FROM m")).Select(static row => (row[1].GetInt64(), row[2].GetInt64()))
            .Should().Equal((Count, Count * (Count - 1L) / 2));
    }

    private static async Task RunAsync<T>(T[] records, ISink<T> sink)
    {
        var builder = new TopologyBuilder("t");
        builder.From("source", records).To("points", sink);
        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });
    }

    private sealed record Row(string Machine, long Whole, double Real, bool Flag, string Text);
}
