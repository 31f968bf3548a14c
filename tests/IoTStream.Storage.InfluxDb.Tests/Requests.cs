using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;

namespace IoTStream.Storage.InfluxDb.Tests;

/// <summary>A server that answers as a test says, and keeps what it was sent.</summary>
internal sealed class Requests(params Func<HttpResponseMessage>[] answers) : HttpMessageHandler
{
    private readonly ConcurrentQueue<Func<HttpResponseMessage>> _answers = new(answers);

    public ConcurrentQueue<(Uri Address, string? Authorization, string Lines)> All { get; } = new();

    public static Func<HttpResponseMessage> Answer(int status, string body = "", int? retryAfter = null) => () =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        if (retryAfter is { } seconds)
        {
            response.Headers.RetryAfter = new(TimeSpan.FromSeconds(seconds));
        }

        return response;
    };

    public static Func<HttpResponseMessage> Fail() => static () => throw new HttpRequestException("Connection refused.");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        byte[] body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        All.Enqueue((request.RequestUri!, request.Headers.Authorization?.ToString(), Text(body, request.Content.Headers.ContentEncoding.Contains("gzip"))));
        return _answers.TryDequeue(out Func<HttpResponseMessage>? answer) ? answer() : new HttpResponseMessage(HttpStatusCode.NoContent);
    }

    private static string Text(byte[] body, bool isCompressed)
    {
        using Stream stream = isCompressed ? new GZipStream(new MemoryStream(body), CompressionMode.Decompress) : new MemoryStream(body);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
