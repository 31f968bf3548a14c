using System.Diagnostics;
using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace IoTStream.Storage.Parquet;

/// <summary>Sends requests, and sends those again that have not been answered, or with a failure that passes. Thread-safe.</summary>
internal sealed class S3Connection : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly S3Options _options;
    private readonly TimeProvider _time;
    private readonly TagList _tags;
    private readonly HttpClient _http;
    private readonly AmazonS3Client _client;

    public S3Connection(S3Options options, TimeProvider time, TagList tags)
    {
        (_options, _time, _tags) = (options, time, tags);
        _http = new HttpClient(options.Handler?.Invoke() ?? new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            _client = Connect();
        }
        catch (AmazonClientException exception)
        {
            _http.Dispose();
            throw new S3Exception($"Object storage cannot be reached: {exception.Message}", exception);
        }
    }

    /// <summary>Sends a request until the server has answered.</summary>
    /// <param name="what">What it does, for messages.</param>
    /// <param name="request">Sends it once, with all that belongs to it.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="S3Exception">The server refuses, or it has been tried for too long.</exception>
    public async Task<TResult> SendAsync<TResult>(string what, Func<AmazonS3Client, CancellationToken, Task<TResult>> request, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (true)
        {
            S3Exception failure;
            using (var limit = new CancellationTokenSource(_options.Timeout, _time))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken))
            {
                try
                {
                    return await request(_client, either.Token).ConfigureAwait(false);
                }
                catch (AmazonServiceException exception) when (exception.StatusCode >= HttpStatusCode.Continue)
                {
                    failure = new S3Exception(
                        $"Object storage did not {what} in the bucket '{_options.Bucket}' and answered {(int)exception.StatusCode} {exception.ErrorCode}: {exception.Message}", exception, exception.StatusCode, exception.ErrorCode);
                    if (!IsTemporary(exception))
                    {
                        throw failure;
                    }
                }
                catch (AmazonClientException exception)
                {
                    throw new S3Exception($"Object storage cannot be reached: {exception.Message}", exception);
                }
                catch (Exception exception) when (exception is HttpRequestException or IOException or AmazonServiceException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    failure = new S3Exception(
                        exception is OperationCanceledException ? $"Object storage did not {what} within {_options.Timeout}." : $"Object storage could not be reached to {what}: {exception.Message}", exception);
                }
            }

            TimeSpan left = _options.GiveUpAfter - _time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                throw failure;
            }

            await Task.Delay(pause < left ? pause : left, _time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            LakeMetrics.Retry(_tags);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }

    private static bool IsTemporary(AmazonServiceException exception) =>
        exception.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        || (exception.StatusCode >= HttpStatusCode.InternalServerError && exception.StatusCode != HttpStatusCode.NotImplemented)
        || exception.ErrorCode is "RequestTimeout" or "ConditionalRequestConflict";

    private AmazonS3Client Connect()
    {
        var configuration = new AmazonS3Config
        {
            ForcePathStyle = _options.PathStyle,
            HttpClientFactory = new OneClient(_http),

            // Requests are tried again here, where it is counted and limited.
            MaxErrorRetry = 0,

            // Other servers than Amazon's do not all know the newer checksums. What is sent is signed with its hash.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (_options.Endpoint is { } endpoint)
        {
            configuration.ServiceURL = endpoint.AbsoluteUri;
            configuration.AuthenticationRegion = _options.Region ?? "us-east-1";
        }
        else if (_options.Region is { } region)
        {
            configuration.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        return _options.AccessKey is null ? new AmazonS3Client(configuration)
            : _options.SessionToken is null ? new AmazonS3Client(new BasicAWSCredentials(_options.AccessKey, _options.SecretKey), configuration)
            : new AmazonS3Client(new SessionAWSCredentials(_options.AccessKey, _options.SecretKey, _options.SessionToken), configuration);
    }

    /// <summary>Lends the SDK a client that is not its own.</summary>
    private sealed class OneClient(HttpClient client) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => client;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
