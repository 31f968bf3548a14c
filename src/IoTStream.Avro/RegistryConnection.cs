using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace IoTStream.Avro;

/// <summary>Sends requests to a registry, and repeats them as often as is allowed.</summary>
internal sealed class RegistryConnection : IDisposable
{
    private const int MaximumAnswer = 16 * 1024 * 1024;
    private static readonly MediaTypeHeaderValue MediaType = new("application/vnd.schemaregistry.v1+json");
    private readonly SchemaRegistryOptions _options;
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _disposed = new();

    public RegistryConnection(SchemaRegistryOptions options)
    {
        _options = options;
        _client = options.Handler is { } handler ? new HttpClient(handler, disposeHandler: false) : new HttpClient();
        _client.BaseAddress = new Uri(options.Address.AbsoluteUri.TrimEnd('/') + "/");
        _client.Timeout = options.Timeout;
        _client.MaxResponseContentBufferSize = MaximumAnswer;
        if (options.User is not null)
        {
            _client.DefaultRequestHeaders.Authorization =
                new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.User}:{options.Password}")));
        }
    }

    public async Task<TAnswer> SendAsync<TAnswer>(HttpMethod method, string path, SchemaMessage? body, JsonTypeInfo<TAnswer> answer, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            using HttpRequestMessage request = Request(method, path, body);
            SchemaRegistryException failure;
            try
            {
                using HttpResponseMessage response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
                Stream content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return Read(content, answer);
                }

                failure = Refusal(response, content);
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                failure = Lost(lost);
            }

            if (!MayRepeat(failure, attempt))
            {
                throw failure;
            }

            await Task.Delay(Pause(attempt), _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="SendAsync"/>, on the caller's thread: decoders have to give a value before they return.</summary>
    public TAnswer Send<TAnswer>(string path, JsonTypeInfo<TAnswer> answer)
    {
        for (int attempt = 0; ; attempt++)
        {
            using HttpRequestMessage request = Request(HttpMethod.Get, path, body: null);
            SchemaRegistryException failure;
            try
            {
                using HttpResponseMessage response = _client.Send(request, _disposed.Token);
                Stream content = response.Content.ReadAsStream(_disposed.Token);
                if (response.IsSuccessStatusCode)
                {
                    return Read(content, answer);
                }

                failure = Refusal(response, content);
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException or OperationCanceledException)
            {
                failure = Lost(lost);
            }

            // Waits for the pause, or for the end of the client.
            if (!MayRepeat(failure, attempt) || _disposed.Token.WaitHandle.WaitOne(Pause(attempt)))
            {
                throw failure;
            }
        }
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _client.Dispose();
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, SchemaMessage? body)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, RegistryMessages.Default.SchemaMessage));
            request.Content.Headers.ContentType = MediaType;
        }

        return request;
    }

    private static TAnswer Read<TAnswer>(Stream content, JsonTypeInfo<TAnswer> answer)
    {
        try
        {
            return JsonSerializer.Deserialize(content, answer) ?? throw new SchemaRegistryException("The schema registry answered null.");
        }
        catch (JsonException wrong)
        {
            throw new SchemaRegistryException($"The schema registry's answer is not what was expected: {wrong.Message}", cause: wrong);
        }
    }

    private static SchemaRegistryException Refusal(HttpResponseMessage response, Stream content)
    {
        ErrorMessage? error = null;
        try
        {
            error = JsonSerializer.Deserialize(content, RegistryMessages.Default.ErrorMessage);
        }
        catch (JsonException)
        {
            // What stands between, a proxy for instance, answers in its own words.
        }

        return new SchemaRegistryException($"The schema registry refused with {(int)response.StatusCode}: {error?.Message ?? response.ReasonPhrase}", response.StatusCode, error?.ErrorCode ?? 0);
    }

    private SchemaRegistryException Lost(Exception cause) => new($"The schema registry at {_options.Address} could not be asked: {cause.Message}", cause: cause);

    private bool MayRepeat(SchemaRegistryException failure, int attempt) =>
        attempt < _options.Retries && failure.Status is null or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private TimeSpan Pause(int attempt) => _options.RetryDelay * Math.Pow(2, Math.Min(attempt, 6));
}
