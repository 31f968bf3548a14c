using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using IoTStream.Connectors;

namespace IoTStream.Storage.InfluxDb;

/// <summary>
/// Sends lines, and tries again what can be tried again: all that is not the fault of the points. Points that are sent again replace themselves.
/// </summary>
internal sealed class LineSender : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly InfluxDbTarget _target;
    private readonly InfluxDbSinkOptions _options;
    private readonly SinkContext _context;
    private readonly HttpClient _client;

    public LineSender(InfluxDbTarget target, InfluxDbSinkOptions options, SinkContext context)
    {
        _target = target;
        _options = options;
        _context = context;
        _client = new HttpClient(options.Handler?.Invoke() ?? new SocketsHttpHandler()) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Sends lines, until the server has taken them or will never take them.</summary>
    /// <exception cref="InfluxDbException">They are rejected, and that fails the job; or it has been tried for too long.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> lines, int count, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> body = _options.Compress ? Compressed(lines) : lines;
        long start = _context.TimeProvider.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (true)
        {
            TimeSpan? asked = null;
            InfluxDbException failure;
            try
            {
                using HttpResponseMessage response = await PostAsync(body, cancellationToken).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }

                failure = await FailureOfAsync(response, cancellationToken).ConfigureAwait(false);
                if (!IsTemporary(response.StatusCode))
                {
                    Reject(failure, count);
                    return;
                }

                asked = response.Headers.RetryAfter?.Delta;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                failure = new InfluxDbException(
                    exception is OperationCanceledException ? $"InfluxDB did not answer within {_options.Timeout}." : $"InfluxDB could not be reached: {exception.Message}", cause: exception);
            }

            TimeSpan left = _options.GiveUpAfter - _context.TimeProvider.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                throw failure;
            }

            TimeSpan wait = asked is { } given && given > pause ? given : pause;
            await Task.Delay(wait < left ? wait : left, _context.TimeProvider, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            PointMetrics.Retry(_context.Topology, _context.Step);
        }
    }

    private static bool IsTemporary(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;

    private static async Task<InfluxDbException> FailureOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string said = (await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)).Trim();
        return new InfluxDbException($"InfluxDB answered {(int)response.StatusCode}: {(said.Length > 0 ? said : response.ReasonPhrase)}", response.StatusCode);
    }

    private static byte[] Compressed(ReadOnlyMemory<byte> lines)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(lines.Span);
        }

        return output.ToArray();
    }

    /// <summary>How many points of a request were not stored: InfluxDB 1 stores the others and says how many are left (<c>partial write: ... dropped=2</c>).</summary>
    private static long Rejected(string said, int all)
    {
        const string Mark = "dropped=";
        int mark = said.StartsWith("partial write", StringComparison.Ordinal) || said.Contains("\"partial write", StringComparison.Ordinal)
            ? said.LastIndexOf(Mark, StringComparison.Ordinal)
            : -1;
        ReadOnlySpan<char> rest = mark < 0 ? [] : said.AsSpan(mark + Mark.Length);
        int digits = rest.IndexOfAnyExceptInRange('0', '9');
        return long.TryParse(digits < 0 ? rest : rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long rejected) ? rejected : all;
    }

    private async Task<HttpResponseMessage> PostAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.Timeout, _context.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, _target.Write) { Content = new ReadOnlyMemoryContent(body) };
        request.Headers.Authorization = _target.Authorization;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
        if (_options.Compress)
        {
            request.Content.Headers.ContentEncoding.Add("gzip");
        }

        return await _client.SendAsync(request, either.Token).ConfigureAwait(false);
    }

    private void Reject(InfluxDbException failure, int count)
    {
        // What is wrong with an address or a password is not wrong with the points.
        if (_options.Rejected == RejectedPoints.Fail || failure.Status is not (HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity))
        {
            throw failure;
        }

        PointMetrics.Reject(_context.Topology, _context.Step, Rejected(failure.Message, count));
    }
}
