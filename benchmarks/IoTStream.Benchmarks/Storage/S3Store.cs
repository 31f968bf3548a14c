using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using IoTStream.Connectors;
using IoTStream.Storage.Parquet;

namespace IoTStream.Benchmarks.Storage;

/// <summary>A lake of Parquet files in a bucket. Bare: as in a folder, and then one PUT by the AWS SDK.</summary>
internal sealed class S3Store : Store
{
    private const string Prefix = "iotstream-benchmark";

    private readonly S3Options _options;
    private readonly AmazonS3Client _client;
    private readonly string _folder = Directory.CreateTempSubdirectory("iotstream-storage-").FullName;

    /// <param name="address">http://KEY:SECRET@host:port/bucket.</param>
    public S3Store(Uri address)
        : base("Parquet in S3")
    {
        string[] key = address.UserInfo.Split(':', 2);
        _options = new S3Options
        {
            Bucket = address.AbsolutePath.Trim('/'),
            Prefix = Prefix,
            Endpoint = new UriBuilder(address) { UserName = "", Password = "", Path = "" }.Uri,
            PathStyle = true,
            AccessKey = key[0],
            SecretKey = key[1],
        };
        _client = new AmazonS3Client(
            new BasicAWSCredentials(key[0], key[1]),
            new AmazonS3Config { ServiceURL = _options.Endpoint.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1", RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED });
    }

    public override ISink<Row> Sink =>
        ParquetSink.To<Row>(LakePlace.S3(_options), "rows", row => row.Column("machine", r => r.Machine).Column("at", r => r.At).Column("value", r => r.Value));

    public override bool IsExactlyOnce => true;

    public override async Task EmptyAsync()
    {
        foreach (S3Object found in await ListAsync($"{Prefix}/"))
        {
            await _client.DeleteObjectAsync(_options.Bucket, found.Key);
        }
    }

    public override async Task WriteBareAsync(Row[] rows)
    {
        string file = Path.Combine(_folder, "bare.parquet");
        BareParquet.Write(rows, file);
        await _client.PutObjectAsync(new PutObjectRequest { BucketName = _options.Bucket, Key = $"{Prefix}/rows/bare.parquet", FilePath = file, UseChunkEncoding = false });
    }

    public override async Task<long> CountAsync()
    {
        string copies = Directory.CreateDirectory(Path.Combine(_folder, "copies")).FullName;
        foreach (S3Object found in await ListAsync($"{Prefix}/rows/"))
        {
            using GetObjectResponse response = await _client.GetObjectAsync(_options.Bucket, found.Key);
            await response.WriteResponseStreamToFileAsync(Path.Combine(copies, Path.GetFileName(found.Key)), append: false, CancellationToken.None);
        }

        long count = BareParquet.Count(copies);
        Directory.Delete(copies, recursive: true);
        return count;
    }

    public override async ValueTask DisposeAsync()
    {
        await EmptyAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<List<S3Object>> ListAsync(string prefix) => (await _client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = prefix })).S3Objects ?? [];
}
