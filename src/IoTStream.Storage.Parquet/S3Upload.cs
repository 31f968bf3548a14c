using Amazon.S3.Model;

namespace IoTStream.Storage.Parquet;

/// <summary>Puts a file into a bucket, in parts if it is large; either way the object appears as a whole.</summary>
internal sealed class S3Upload(S3Connection connection, S3Options options, string key, string path)
{
    // What Amazon allows.
    private const int MostParts = 10_000;

    // A server that is started anew may have forgotten the parts.
    private const int Attempts = 5;

    private readonly long _length = new FileInfo(path).Length;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_length <= options.PartSize)
        {
            await connection.SendAsync($"take '{key}'", PutAsync, cancellationToken).ConfigureAwait(false);
            return;
        }

        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await PutPartsAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (S3Exception exception) when (exception.IsUploadGone && attempt < Attempts)
            {
                // Begun anew.
            }
        }
    }

    private async Task<PutObjectResponse> PutAsync(Amazon.S3.AmazonS3Client client, CancellationToken cancellationToken)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read);
        await using (file.ConfigureAwait(false))
        {
            return await client.PutObjectAsync(new PutObjectRequest { BucketName = options.Bucket, Key = key, InputStream = file, UseChunkEncoding = false }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PutPartsAsync(CancellationToken cancellationToken)
    {
        string upload = (await connection.SendAsync(
            $"begin an upload to '{key}'",
            (client, token) => client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = key }, token),
            cancellationToken).ConfigureAwait(false)).UploadId;
        try
        {
            long size = Math.Max(options.PartSize, (_length + MostParts - 1) / MostParts);
            List<PartETag> parts = [];
            for (long start = 0; start < _length; start += size)
            {
                var part = new UploadPartRequest
                {
                    BucketName = options.Bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = parts.Count + 1,
                    FilePath = path,
                    FilePosition = start,
                    PartSize = Math.Min(size, _length - start),
                    UseChunkEncoding = false,
                };
                UploadPartResponse response = await connection.SendAsync($"take part {part.PartNumber} of '{key}'", (client, token) => client.UploadPartAsync(part, token), cancellationToken).ConfigureAwait(false);
                parts.Add(new PartETag(part.PartNumber ?? 0, response.ETag));
            }

            await connection.SendAsync(
                $"put together '{key}'",
                (client, token) => client.CompleteMultipartUploadAsync(
                    new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = key, UploadId = upload, PartETags = parts }, token),
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not S3Exception { IsUploadGone: true })
        {
            await AbortAsync(upload).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tries to have the parts removed. If that fails, whoever opens the table next does it.</summary>
    private async Task AbortAsync(string upload)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        try
        {
            await connection.SendAsync($"abort the upload to '{key}'", (client, token) => client.AbortMultipartUploadAsync(options.Bucket, key, upload, token), limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is S3Exception or OperationCanceledException)
        {
            // Why the upload failed is what matters.
        }
    }
}
