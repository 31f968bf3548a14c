using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IoTStream.Connectors;
using IoTStream.Runtime;
using IoTStream.Testing;

namespace IoTStream.Storage.Parquet.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class S3SinkTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 23, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task It_keeps_to_the_contract_of_exactly_once_sinks([Values] bool merging)
    {
        await using S3Server server = await S3Server.StartAsync();
        LakePlace place = LakePlace.S3(server.Options);
        ISink<int> sink = ParquetSink.To<int>(place, "numbers", row => row
            .PartitionByDate(number => Start.AddMinutes(number)).PartitionBy("rest", number => $"{number % 3}").Column("number", number => number));
        await OutboxSinkConformance.CheckAsync(
            (IOutboxSink<int>)sink,
            static number => number,
            async cancellationToken =>
            {
                if (merging && (await ParquetLake.ListFilesAsync(place, "numbers", cancellationToken)).Count > 20)
                {
                    await ParquetLake.CompactAsync(place, "numbers", cancellationToken: cancellationToken);
                }

                return [.. (await S3Rows.NumbersAsync(place, cancellationToken: cancellationToken)).Select(static number => (int)number)];
            },
            runs: merging ? 4 : 1);
    }

    [Test]
    public async Task Without_an_epoch_log_every_record_is_written_and_nothing_remembered()
    {
        await using S3Server server = await S3Server.StartAsync();
        LakePlace place = LakePlace.S3(server.Options);
        await Jobs.RunAsync(Sink(place), [.. Enumerable.Range(0, 100)], withLog: false);
        (await S3Rows.NumbersAsync(place)).Should().Equal(Enumerable.Range(0, 100).Select(static number => (long)number));
        server.Keys.Should().OnlyContain(static key => key.StartsWith("plant-7/lake/numbers/", StringComparison.Ordinal));
    }

    [Test]
    public async Task An_answer_that_is_lost_does_not_lose_or_double_rows()
    {
        await using S3Server server = await S3Server.StartAsync();
        var random = new Random(1);
        S3Options options = server.Options with { Handler = () => new Between(async (request, send) =>
        {
            bool isLost = request.Method != HttpMethod.Get && Chance(random, 4);
            HttpResponseMessage response = await send();
            return isLost ? throw new HttpRequestException("The connection was cut.") : response;
        }) };
        LakePlace place = LakePlace.S3(options);
        await Jobs.RunAsync(Sink(place), [.. Enumerable.Range(0, 200)]);
        (await S3Rows.NumbersAsync(place)).Should().Equal(Enumerable.Range(0, 200).Select(static number => (long)number));
        await ParquetLake.CompactAsync(place, "numbers");
        (await S3Rows.NumbersAsync(place)).Should().Equal(Enumerable.Range(0, 200).Select(static number => (long)number));
    }

    [Test]
    public async Task The_pipeline_waits_for_a_server_that_is_overloaded()
    {
        await using S3Server server = await S3Server.StartAsync();
        int answers = 0;
        S3Options options = server.Options with { Handler = () => new Between((_, send) => Interlocked.Increment(ref answers) % 3 == 0
            ? send()
            : Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new StringContent("<Error><Code>SlowDown</Code></Error>") })) };
        LakePlace place = LakePlace.S3(options);
        await Jobs.RunAsync(Sink(place), [1, 2, 3]);
        (await S3Rows.NumbersAsync(place)).Should().Equal(1, 2, 3);
    }

    [Test]
    public async Task A_server_that_stays_away_fails_the_job_in_the_end()
    {
        LakePlace place = LakePlace.S3(S3Server.OptionsFor(new Uri("http://127.0.0.1:1")) with { GiveUpAfter = TimeSpan.FromMilliseconds(300) });
        await FluentActions.Awaiting(() => Jobs.RunAsync(Sink(place), [1])).Should().ThrowAsync<Exception>().Where(static exception => exception.ToString().Contains("Object storage could not be reached"));
    }

    [Test]
    public async Task Who_must_not_write_is_told_so_at_once()
    {
        await using S3Server server = await S3Server.StartAsync();
        LakePlace place = LakePlace.S3(server.Options with { AccessKey = "nobody" });
        await FluentActions.Awaiting(() => Jobs.RunAsync(Sink(place), [1])).Should().ThrowAsync<Exception>().Where(static exception => exception.ToString().Contains("403 InvalidAccessKeyId"));
    }

    [Test]
    public async Task A_large_file_is_sent_and_fetched_in_parts([Values] bool serverRestarts)
    {
        await using S3Server server = await S3Server.StartAsync();
        int parts = 0;
        int ranges = 0;
        S3Options options = server.Options with
        {
            PartSize = 5 * 1024 * 1024,
            Handler = () => new Between(async (request, send) =>
            {
                if (request.RequestUri!.Query.Contains("partNumber", StringComparison.Ordinal) && Interlocked.Increment(ref parts) == 2 && serverRestarts)
                {
                    await server.KillAsync();
                    await server.StartAgainAsync();
                }

                HttpResponseMessage response = await send();
                if (response.StatusCode == HttpStatusCode.PartialContent)
                {
                    Interlocked.Increment(ref ranges);
                }

                return response;
            }),
        };
        LakePlace place = LakePlace.S3(options);
        var random = new Random(1);
        byte[][] blobs = [.. Enumerable.Range(0, 13).Select(_ => { byte[] blob = new byte[1024 * 1024]; random.NextBytes(blob); return blob; })];
        await Jobs.RunAsync(
            ParquetSink.To<int>(place, "large", row => row.Column("number", n => n).Column("blob", n => blobs[n]), new ParquetSinkOptions { Compression = ParquetCompression.None }),
            [.. Enumerable.Range(0, blobs.Length)],
            withLog: false);
        parts.Should().BeGreaterThan(2);
        ILakeTable table = place.Table("large");
        using LocalFiles local = await table.FetchAsync(await table.ListAsync(default), default);
        ranges.Should().BeGreaterThan(2);
        using var lake = new Lake();
        lake.Query($"SELECT number, sha256(blob) FROM read_parquet(['{string.Join("', '", local.Paths)}']) ORDER BY number", static reader => reader.GetString(1))
            .Should().Equal(blobs.Select(static blob => Convert.ToHexStringLower(SHA256.HashData(blob))));
    }

    [Test]
    public async Task Parts_that_a_killed_job_has_left_are_removed()
    {
        await using S3Server server = await S3Server.StartAsync();
        List<string> aborted = [];
        string? ours = null;
        LakePlace place = LakePlace.S3(server.Options with
        {
            // The server cannot list uploads.
            Handler = () => new Between((request, send) =>
            {
                string path = Uri.UnescapeDataString(request.RequestUri!.AbsolutePath);
                string query = request.RequestUri.Query;
                if (path.Contains("/applied/", StringComparison.Ordinal))
                {
                    ours ??= path.Split('/')[^2];
                }

                if (request.Method == HttpMethod.Delete && query.Contains("uploadId", StringComparison.Ordinal))
                {
                    aborted.Add(query);
                    return Task.FromResult(new HttpResponseMessage(HttpStatusCode.NoContent));
                }

                return request.Method == HttpMethod.Get && query.Contains("uploads", StringComparison.Ordinal)
                    ? Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
                    {
                        Content = new StringContent($"""
                            <ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>lake</Bucket><IsTruncated>false</IsTruncated>
                            <Upload><Key>plant-7/lake/numbers/rest=0/{ours}.0000000007.parquet</Key><UploadId>mine</UploadId></Upload>
                            <Upload><Key>plant-7/lake/numbers/rest=0/another.0000000007.parquet</Key><UploadId>theirs</UploadId></Upload></ListMultipartUploadsResult>
                            """),
                    })
                    : send();
            }),
        });
        await Jobs.RunAsync(Sink(place), [1]);
        aborted.Should().NotBeEmpty().And.OnlyContain(static query => query.Contains("uploadId=mine", StringComparison.Ordinal));
    }

    [Test]
    public async Task The_bucket_may_be_named_in_front_of_the_host()
    {
        await using S3Server server = await S3Server.StartAsync();
        ConcurrentBag<string> hosts = [];
        LakePlace place = LakePlace.S3(server.Options with
        {
            Endpoint = new UriBuilder(server.Options.Endpoint!) { Host = "s3.localhost" }.Uri,
            PathStyle = false,
            GiveUpAfter = TimeSpan.Zero,
            Handler = () => new SocketsHttpHandler
            {
                // Not every system knows names in front of localhost.
                ConnectCallback = async (connection, token) =>
                {
                    hosts.Add(connection.DnsEndPoint.Host);
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(IPAddress.Loopback, connection.DnsEndPoint.Port, token);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            },
        });
        await Jobs.RunAsync(Sink(place), [1, 2, 3]);
        (await S3Rows.NumbersAsync(LakePlace.S3(server.Options))).Should().Equal(1, 2, 3);
        hosts.Should().OnlyContain(static host => host == "lake.s3.localhost");
    }

    [Test]
    public async Task The_server_may_have_a_certificate_of_ones_own()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("iotstream-s3-tls-");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        string keyFile = Path.Combine(folder.FullName, "key.pem");
        string certificateFile = Path.Combine(folder.FullName, "certificate.pem");
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        await using S3Server server = await S3Server.StartAsync("https", "--key", keyFile, "--cert", certificateFile);
        LakePlace place = LakePlace.S3(server.Options with
        {
            Handler = () => new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, given, _, _) => given!.GetCertHashString() == certificate.GetCertHashString() },
            },
        });
        await Jobs.RunAsync(Sink(place), [1, 2, 3]);
        (await S3Rows.NumbersAsync(place)).Should().Equal(1, 2, 3);
        await FluentActions.Awaiting(() => Jobs.RunAsync(Sink(LakePlace.S3(server.Options with { GiveUpAfter = TimeSpan.Zero })), [1])).Should().ThrowAsync<Exception>("nobody vouches for it");
        folder.Delete(recursive: true);
    }

    [Test]
    public void Options_are_checked_where_they_are_named()
    {
        S3Options options = S3Server.OptionsFor(new Uri("http://localhost"));
        Fails<ArgumentException>("S3Options.Prefix is '/lake'*", () => _ = options with { Prefix = "/lake" });
        Fails<ArgumentException>("S3Options.Bucket is empty*", () => _ = options with { Bucket = " " });
        Fails<ArgumentException>("S3Options.Endpoint is 'localhost:9000'*", () => _ = options with { Endpoint = new Uri("localhost:9000", UriKind.RelativeOrAbsolute) });
        Fails<ArgumentOutOfRangeException>("S3Options.PartSize is 1;*", () => _ = options with { PartSize = 1 });
        Fails<ArgumentOutOfRangeException>("S3Options.Timeout is 00:00:00;*", () => _ = options with { Timeout = TimeSpan.Zero });
        Fails<ArgumentOutOfRangeException>("S3Options.GiveUpAfter is -00:00:01;*", () => _ = options with { GiveUpAfter = TimeSpan.FromSeconds(-1) });
        Fails<ArgumentException>("S3Options.AccessKey and SecretKey go together*", () => LakePlace.S3(options with { SecretKey = null }));
        options.ToString().Should().NotContain("S3RVER");

        static void Fails<TException>(string message, Action action)
            where TException : Exception => action.Should().Throw<TException>().WithMessage(message);
    }

    private static bool Chance(Random random, int oneIn)
    {
        lock (random)
        {
            return random.Next(oneIn) == 0;
        }
    }

    private static ISink<int> Sink(LakePlace place) => ParquetSink.To<int>(place, "numbers", row => row.PartitionBy("rest", number => $"{number % 3}").Column("number", number => number));
}
