using IoTStream.Connectors;
using IoTStream.Testing;

namespace IoTStream.Storage.Parquet.Tests;

/// <summary>A server that checks signatures and knows conditional requests: the one that IOTSTREAM_TEST_S3 names, https://KEY:SECRET@host:port/bucket.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class S3WholeServerTests
{
    [Test]
    public async Task It_keeps_to_the_contract_of_exactly_once_sinks()
    {
        LakePlace place = LakePlace.S3(Options());
        await OutboxSinkConformance.CheckAsync(
            (IOutboxSink<int>)Sink(place),
            static number => number,
            async cancellationToken => [.. (await S3Rows.NumbersAsync(place, cancellationToken: cancellationToken)).Select(static number => (int)number)],
            runs: 2);
    }

    [Test]
    public async Task The_second_of_two_compactions_at_once_is_refused()
    {
        S3Options options = Options();
        LakePlace place = LakePlace.S3(options);
        await Jobs.RunAsync(Sink(place), [1, 2, 3]);
        await Jobs.RunAsync(Sink(place), [4, 5, 6]);
        bool isFirst = true;
        LakePlace first = LakePlace.S3(options with
        {
            Handler = () => new Between(async (request, send) =>
            {
                if (request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.EndsWith(".parquet", StringComparison.Ordinal) && isFirst)
                {
                    isFirst = false;
                    await ParquetLake.CompactAsync(place, "numbers");
                }

                return await send();
            }),
        });
        await FluentActions.Awaiting(() => ParquetLake.CompactAsync(first, "numbers")).Should().ThrowAsync<IOException>().WithMessage("Another compaction*");
        (await S3Rows.NumbersAsync(place)).Should().Equal(1, 2, 3, 4, 5, 6);
    }

    private static S3Options Options()
    {
        string? address = Environment.GetEnvironmentVariable("IOTSTREAM_TEST_S3");
        if (address is null)
        {
            Assert.Ignore("IOTSTREAM_TEST_S3 names no server: https://KEY:SECRET@host:port/bucket.");
        }

        var uri = new Uri(address!);
        string[] key = uri.UserInfo.Split(':', 2);
        return new S3Options
        {
            Bucket = uri.AbsolutePath.Trim('/'),
            Prefix = $"iotstream-tests/{Guid.NewGuid():N}",
            Endpoint = new Uri(uri.GetLeftPart(UriPartial.Scheme) + uri.Authority),
            PathStyle = true,
            AccessKey = Uri.UnescapeDataString(key[0]),
            SecretKey = Uri.UnescapeDataString(key[1]),
        };
    }

    private static ISink<int> Sink(LakePlace place) => ParquetSink.To<int>(place, "numbers", row => row.PartitionBy("rest", number => $"{number % 2}").Column("number", number => number));
}
