using System.Diagnostics;
using System.Globalization;
using System.Net;
using Amazon.S3.Model;

namespace IoTStream.Storage.Parquet;

/// <summary>The objects of a bucket. Thread-safe.</summary>
internal sealed class S3Bucket(S3Options options, TimeProvider time, TagList tags) : IDisposable
{
    private readonly S3Connection _connection = new(options, time, tags);

    /// <summary>The keys and lengths of all objects whose keys begin so.</summary>
    public async Task<List<S3Object>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        List<S3Object> objects = [];
        var request = new ListObjectsV2Request { BucketName = options.Bucket, Prefix = prefix };
        do
        {
            ListObjectsV2Response response = await _connection.SendAsync($"list '{prefix}'", (client, token) => client.ListObjectsV2Async(request, token), cancellationToken).ConfigureAwait(false);
            objects.AddRange((response.S3Objects ?? []).Select(static found => new S3Object(found.Key, found.Size ?? 0)));
            request.ContinuationToken = response.NextContinuationToken;
        }
        while (request.ContinuationToken is not null);

        return objects;
    }

    /// <summary>A small object, and its version; null if it is not there.</summary>
    public async Task<(byte[] Content, string Tag)?> GetAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await _connection.SendAsync(
                $"give '{key}'",
                async (client, token) =>
                {
                    using GetObjectResponse response = await client.GetObjectAsync(new GetObjectRequest { BucketName = options.Bucket, Key = key }, token).ConfigureAwait(false);
                    return (await ReadAsync(response.ResponseStream, token).ConfigureAwait(false), response.ETag);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (S3Exception exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The version of an object; null if it is not there.</summary>
    public async Task<string?> GetTagAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return (await _connection.SendAsync(
                $"describe '{key}'",
                (client, token) => client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = options.Bucket, Key = key }, token),
                cancellationToken).ConfigureAwait(false)).ETag;
        }
        catch (S3Exception exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Puts a small object in the place of what is there.</summary>
    public Task PutAsync(string key, byte[] content, CancellationToken cancellationToken) => PutAsync(new PutObjectRequest { BucketName = options.Bucket, Key = key }, content, cancellationToken);

    /// <summary>Puts a small object in the place of a version of it, if the server can tell whether it is there still: those of Amazon, MinIO and others can, some take no notice.</summary>
    /// <param name="key">The key.</param>
    /// <param name="content">What is put.</param>
    /// <param name="tag">The version; null for none.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The new version.</returns>
    /// <exception cref="S3Exception">There is another version, with the status <see cref="HttpStatusCode.PreconditionFailed"/>; or the server has refused.</exception>
    public Task<string> ReplaceAsync(string key, byte[] content, string? tag, CancellationToken cancellationToken)
    {
        var request = new PutObjectRequest { BucketName = options.Bucket, Key = key };
        if (tag is null)
        {
            request.IfNoneMatch = "*";
        }
        else
        {
            request.IfMatch = tag;
        }

        return PutAsync(request, content, cancellationToken);
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken) =>
        _connection.SendAsync($"delete '{key}'", (client, token) => client.DeleteObjectAsync(options.Bucket, key, token), cancellationToken);

    /// <summary>Puts a file in the place of what is there, in parts if it is large; either way it appears as a whole.</summary>
    public Task UploadAsync(string key, string path, CancellationToken cancellationToken) => new S3Upload(_connection, options, key, path).RunAsync(cancellationToken);

    /// <summary>Copies an object into a file, in parts if it is large.</summary>
    /// <exception cref="S3Exception">There is no such object, with the status <see cref="HttpStatusCode.NotFound"/>, it has been replaced meanwhile, or the server has refused.</exception>
    public async Task DownloadAsync(string key, string path, CancellationToken cancellationToken)
    {
        FileStream file = new(path, FileMode.Create, FileAccess.Write);
        await using (file.ConfigureAwait(false))
        {
            string? tag = null;
            for (long length = 1; file.Length < length;)
            {
                (byte[] part, tag, length) = await _connection.SendAsync($"give '{key}'", (client, token) => GetPartAsync(client, key, file.Length, tag, token), cancellationToken).ConfigureAwait(false);
                await file.WriteAsync(part, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Has the parts of files removed that were not uploaded to the end, as far as the server can and will.</summary>
    public async Task AbortUploadsAsync(string prefix, Func<string, bool> isOurs, CancellationToken cancellationToken)
    {
        var request = new ListMultipartUploadsRequest { BucketName = options.Bucket, Prefix = prefix };
        try
        {
            ListMultipartUploadsResponse response;
            do
            {
                response = await _connection.SendAsync($"list uploads to '{prefix}'", (client, token) => client.ListMultipartUploadsAsync(request, token), cancellationToken).ConfigureAwait(false);
                foreach (MultipartUpload left in (response.MultipartUploads ?? []).Where(upload => isOurs(upload.Key)))
                {
                    await _connection.SendAsync(
                        $"abort an upload to '{left.Key}'", (client, token) => client.AbortMultipartUploadAsync(options.Bucket, left.Key, left.UploadId, token), cancellationToken).ConfigureAwait(false);
                }

                (request.KeyMarker, request.UploadIdMarker) = (response.NextKeyMarker, response.NextUploadIdMarker);
            }
            while (response.IsTruncated == true);
        }
        catch (S3Exception exception) when (exception.Status is HttpStatusCode.NotImplemented or HttpStatusCode.MethodNotAllowed or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            // Nobody sees such parts. They take room, which a rule of the bucket can give back as well.
        }
    }

    public void Dispose() => _connection.Dispose();

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
        return content.ToArray();
    }

    private async Task<(byte[] Part, string Tag, long Length)> GetPartAsync(Amazon.S3.AmazonS3Client client, string key, long start, string? tag, CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest { BucketName = options.Bucket, Key = key, ByteRange = new ByteRange(start, start + options.PartSize - 1), EtagToMatch = tag };
        using GetObjectResponse response = await client.GetObjectAsync(request, cancellationToken).ConfigureAwait(false);
        byte[] part = await ReadAsync(response.ResponseStream, cancellationToken).ConfigureAwait(false);
        if (part.Length != response.ContentLength)
        {
            throw new IOException($"The server has ended '{key}' after {part.Length} of {response.ContentLength} bytes.");
        }

        // "bytes 0-99/1000"; a server that does not know ranges gives all.
        string? range = response.ContentRange;
        return (part, response.ETag, range is null ? part.Length : long.Parse(range.AsSpan(range.LastIndexOf('/') + 1), CultureInfo.InvariantCulture));
    }

    private async Task<string> PutAsync(PutObjectRequest request, byte[] content, CancellationToken cancellationToken) => (await _connection.SendAsync(
        $"take '{request.Key}'",
        (client, token) =>
        {
            request.InputStream = new MemoryStream(content);
            request.UseChunkEncoding = false;
            return client.PutObjectAsync(request, token);
        },
        cancellationToken).ConfigureAwait(false)).ETag;
}
