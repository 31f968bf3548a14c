using System.Globalization;
using System.Net;
using IoTStream.Connectors;

namespace IoTStream.Storage.Parquet.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class S3CompactionTests
{
    private static readonly long[] Written = [.. Enumerable.Range(0, 60)];

    [Test]
    public async Task Small_files_become_one_a_folder_and_rows_stay_the_same()
    {
        await using S3Server server = await S3Server.StartAsync();
        LakePlace place = await FilledAsync(server);
        (await ParquetLake.CompactAsync(place, "numbers", new CompactionOptions { OrderBy = "number" })).Folders.Should().Be(2);
        (await ParquetLake.ListFilesAsync(place, "numbers")).Should().HaveCount(2).And.OnlyContain(static file => file.StartsWith("s3://lake/plant-7/lake/numbers/rest=", StringComparison.Ordinal));
        server.Keys.Count(static key => key.EndsWith(".parquet", StringComparison.Ordinal)).Should().Be(2, "what was merged is deleted");
        (await S3Rows.NumbersAsync(place)).Should().Equal(Written);
        (await ParquetLake.CompactAsync(place, "numbers")).Should().Be(new CompactionResult(0, 0));
    }

    [Test]
    public async Task Whatever_request_it_dies_at_rows_are_there_once_and_the_next_one_finishes()
    {
        await using S3Server server = await S3Server.StartAsync();
        LakePlace place = await FilledAsync(server);
        List<long> written = [.. Written];
        bool hasFinished = false;
        for (int last = 1; !hasFinished; last++)
        {
            int requests = 0;
            LakePlace dying = LakePlace.S3(server.Options with
            {
                GiveUpAfter = TimeSpan.Zero,
                Handler = () => new Between((_, send) => Interlocked.Increment(ref requests) <= last ? send() : throw new HttpRequestException("Killed.")),
            });
            try
            {
                await ParquetLake.CompactAsync(dying, "numbers");
                hasFinished = true;
            }
            catch (IOException)
            {
                // Killed.
            }

            (await S3Rows.NumbersAsync(place)).Should().Equal(written.Order(), "it has died after {0} requests", last);
            if (last % 3 == 0)
            {
                // One that comes through, over what the others have left.
                await ParquetLake.CompactAsync(place, "numbers");
                (await S3Rows.NumbersAsync(place)).Should().Equal(written.Order(), "it has died after {0} requests", last);
                (await ParquetLake.ListFilesAsync(place, "numbers")).Should().HaveCount(2);
                server.Keys.Count(static key => key.EndsWith(".parquet", StringComparison.Ordinal)).Should().Be(2);
                long[] more = [.. Enumerable.Range(0, 4).Select(number => (1000L * last) + number)];
                await Jobs.RunAsync(Sink(place), more);
                written.AddRange(more);
            }
        }
    }

    [Test]
    public async Task Whoever_lists_meanwhile_sees_each_row_once()
    {
        await using S3Server server = await S3Server.StartAsync();
        await FilledAsync(server);

        // S3 replaces an object in one step; this server overwrites its file while others read it.
        using var one = new SemaphoreSlim(1);
        LakePlace place = LakePlace.S3(server.Options with
        {
            Handler = () => new Between(async (request, send) =>
            {
                if (!request.RequestUri!.AbsolutePath.EndsWith("/merges.json", StringComparison.Ordinal))
                {
                    return await send();
                }

                await one.WaitAsync();
                try
                {
                    HttpResponseMessage response = await send();
                    await response.Content.LoadIntoBufferAsync();
                    return response;
                }
                finally
                {
                    one.Release();
                }
            }),
        });
        using var done = new CancellationTokenSource();
        Task<int> looking = Task.Run(async () =>
        {
            int looks = 0;
            for (; !done.IsCancellationRequested; looks++)
            {
                (await S3Rows.NumbersAsync(place)).Where(static number => number < Written.Length).Should().Equal(Written);
            }

            return looks;
        });
        for (int run = 0; run < 10; run++)
        {
            await Jobs.RunAsync(Sink(place), [100 + run, 200 + run]);
            (await ParquetLake.CompactAsync(place, "numbers")).FilesMerged.Should().BeGreaterThan(1);
        }

        await done.CancelAsync();
        (await looking).Should().BeGreaterThan(2);
        (await S3Rows.NumbersAsync(place)).Should().HaveCount(Written.Length + 20);
    }

    [Test]
    public async Task What_a_compaction_does_between_two_requests_of_a_listing_does_not_double_rows()
    {
        await using S3Server server = await S3Server.StartAsync();
        await FilledAsync(server);
        bool isFirst = true;
        LakePlace place = LakePlace.S3(server.Options with
        {
            Handler = () => new Between(async (request, send) =>
            {
                if (request.RequestUri!.Query.Contains("list-type=2", StringComparison.Ordinal) && isFirst)
                {
                    isFirst = false;
                    await DieAsync(server);
                }

                return await send();
            }),
        });
        (await S3Rows.NumbersAsync(place)).Should().Equal(Written);
    }

    [Test]
    public async Task A_file_that_comes_late_does_not_come_back()
    {
        await using S3Server server = await S3Server.StartAsync();
        LakePlace place = await FilledAsync(server);
        using var bucket = new S3Bucket(server.Options, TimeProvider.System, default);
        string early = server.Keys.First(static key => key.Contains("/numbers/rest=0/", StringComparison.Ordinal));
        string copy = Path.GetTempFileName();
        await bucket.DownloadAsync(early, copy, default);
        await ParquetLake.CompactAsync(place, "numbers");
        await bucket.UploadAsync(early, copy, default);
        (await S3Rows.NumbersAsync(place)).Should().Equal(Written);
        await ParquetLake.CompactAsync(place, "numbers");
        server.Keys.Should().NotContain(early);
        File.Delete(copy);
    }

    [Test]
    public async Task A_merged_file_of_a_compaction_that_was_given_up_never_counts()
    {
        await using S3Server server = await S3Server.StartAsync();
        LakePlace place = await FilledAsync(server);
        using var bucket = new S3Bucket(server.Options, TimeProvider.System, default);
        string copy = Path.GetTempFileName();
        await DieAsync(server);
        string late = server.Keys.Single(static key => key.Contains("/merged.", StringComparison.Ordinal));
        await bucket.DownloadAsync(late, copy, default);
        await ParquetLake.CompactAsync(place, "numbers");
        server.Keys.Should().NotContain(late);
        await bucket.UploadAsync(late, copy, default);
        (await S3Rows.NumbersAsync(place)).Should().Equal(Written);
        File.Delete(copy);
    }

    [Test]
    public async Task A_server_that_knows_conditions_refuses_the_second_of_two_at_once()
    {
        await using S3Server server = await S3Server.StartAsync();
        LakePlace place = await FilledAsync(server);
        using var client = new HttpClient();
        bool isFirst = true;
        LakePlace conditional = LakePlace.S3(server.Options with
        {
            Handler = () => new Between(async (request, send) =>
            {
                if (request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.EndsWith(".parquet", StringComparison.Ordinal) && isFirst)
                {
                    isFirst = false;
                    await ParquetLake.CompactAsync(place, "numbers");
                }

                return await MetAsync(client, request) ? await send() : new HttpResponseMessage(HttpStatusCode.PreconditionFailed) { Content = new StringContent("<Error><Code>PreconditionFailed</Code></Error>") };
            }),
        });
        await FluentActions.Awaiting(() => ParquetLake.CompactAsync(conditional, "numbers")).Should().ThrowAsync<IOException>().WithMessage("Another compaction*");
        (await S3Rows.NumbersAsync(place)).Should().Equal(Written);
    }

    [Test]
    public async Task A_table_that_was_copied_from_elsewhere_is_read_and_merged()
    {
        await using S3Server server = await S3Server.StartAsync();
        LakePlace place = await FilledAsync(server);
        using (var bucket = new S3Bucket(server.Options, TimeProvider.System, default))
        {
            foreach (string key in server.Keys.Where(static key => key.Contains("/.iotstream/", StringComparison.Ordinal)).ToArray())
            {
                await bucket.DeleteAsync(key, default);
            }
        }

        (await S3Rows.NumbersAsync(place)).Should().Equal(Written);
        await ParquetLake.CompactAsync(place, "numbers");
        (await S3Rows.NumbersAsync(place)).Should().Equal(Written);
    }

    [Test]
    public async Task A_table_that_is_not_there_is_an_error()
    {
        await using S3Server server = await S3Server.StartAsync();
        await FluentActions.Awaiting(() => ParquetLake.CompactAsync(LakePlace.S3(server.Options), "no-such-table")).Should().ThrowAsync<DirectoryNotFoundException>();
        (await ParquetLake.ListFilesAsync(LakePlace.S3(server.Options), "no-such-table")).Should().BeEmpty();
    }

    /// <summary>Merges until the first merged file is there, and dies.</summary>
    private static async Task DieAsync(S3Server server)
    {
        bool isDead = false;
        LakePlace dying = LakePlace.S3(server.Options with
        {
            GiveUpAfter = TimeSpan.Zero,
            Handler = () => new Between((request, send) =>
            {
                if (isDead)
                {
                    throw new HttpRequestException("Killed.");
                }

                isDead = request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.Contains("/merged.", StringComparison.Ordinal);
                return send();
            }),
        });
        await FluentActions.Awaiting(() => ParquetLake.CompactAsync(dying, "numbers")).Should().ThrowAsync<IOException>();
    }

    private static async Task<bool> MetAsync(HttpClient client, HttpRequestMessage request)
    {
        if (request.Headers.IfMatch.Count == 0 && request.Headers.IfNoneMatch.Count == 0)
        {
            return true;
        }

        using HttpResponseMessage there = await client.GetAsync(request.RequestUri);
        return request.Headers.IfMatch.Count > 0 ? request.Headers.IfMatch.Contains(there.Headers.ETag!) : there.StatusCode == HttpStatusCode.NotFound;
    }

    private static async Task<LakePlace> FilledAsync(S3Server server)
    {
        LakePlace place = LakePlace.S3(server.Options);
        await Jobs.RunAsync(Sink(place), [.. Written.Take(30)]);
        await Jobs.RunAsync(Sink(place), [.. Written.Skip(30)]);
        return place;
    }

    private static ISink<long> Sink(LakePlace place) => ParquetSink.To<long>(place, "numbers", row => row
        .PartitionBy("rest", number => (number % 2).ToString(CultureInfo.InvariantCulture)).Column("number", number => number));
}
