using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IoTStream.Kafka.Tests.Security;

/// <summary>Gives tokens over HTTP to who shows a client's credentials, as an OpenID Connect provider does (RFC 6749, section 4.4).</summary>
internal sealed class TokenEndpoint : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public TokenEndpoint()
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/token");
        _serving = ServeAsync();
    }

    public Uri Address { get; }

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>A token that is not signed, for an hour.</summary>
    public static string Token { get; } = $"{Part("{\"alg\":\"none\"}")}.{Part($"{{\"sub\":\"plant\",\"exp\":{TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds()}}}")}.";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                NetworkStream stream = client.GetStream();
                byte[] buffer = new byte[16 * 1024];
                int length = 0;
                while (!Encoding.ASCII.GetString(buffer, 0, length).Contains("grant_type", StringComparison.Ordinal))
                {
                    length += await stream.ReadAsync(buffer.AsMemory(length), _stop.Token);
                }

                Requests.Enqueue(Encoding.ASCII.GetString(buffer, 0, length));
                string body = $"{{\"access_token\":\"{Token}\",\"token_type\":\"Bearer\",\"expires_in\":3600}}";
                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), _stop.Token);
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
        }
    }

    private static string Part(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
