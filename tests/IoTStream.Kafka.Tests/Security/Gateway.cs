using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IoTStream.Kafka.Tests.Peers;

namespace IoTStream.Kafka.Tests.Security;

/// <summary>
/// Stands in front of a mock cluster of one broker, which knows neither TLS nor SASL: ends the encryption, asks clients who they are, and passes on what those say that it lets in. Clients see no other address
/// than its own.
/// </summary>
internal sealed class Gateway : IAsyncDisposable
{
    private const short Metadata = 3;
    private const short FindCoordinator = 10;
    private const short SaslHandshake = 17;
    private const short ApiVersions = 18;
    private const short SaslAuthenticate = 36;

    private readonly TcpListener _listener = new(IPAddress.Any, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly MockCluster _cluster;
    private readonly int _inner;
    private readonly Task _accepting;

    public Gateway(MockCluster cluster)
    {
        _cluster = cluster;
        _inner = IPEndPoint.Parse(cluster.BootstrapServers).Port;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>By what it proves who it is; without, connections are not encrypted.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Who issues the certificates of clients; without, they need none.</summary>
    public X509Certificate2? ClientAuthority { get; init; }

    /// <summary>Makes what asks a client for its name, by the name of a mechanism; without, anybody is let in.</summary>
    public Func<string, SaslServer?>? Sasl { get; init; }

    /// <summary>Whom it let in, once a connection.</summary>
    public ConcurrentQueue<string> Clients { get; } = new();

    /// <summary>How many connections it has refused.</summary>
    public int Refused => Volatile.Read(ref _refused);

    private int _refused;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
        _cluster.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient outer = client;
        using var inner = new TcpClient();
        try
        {
            await inner.ConnectAsync(IPAddress.Loopback, _inner, _stop.Token);
            await using Stream stream = await EncryptAsync(outer);
            using var connection = new GatewayConnection(stream);
            await Task.WhenAny(RequestsAsync(connection, inner.GetStream()), ResponsesAsync(connection, inner.GetStream()));
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client has gone, or does not trust this side, or is not trusted.
            Interlocked.Increment(ref _refused);
        }
    }

    private async Task<Stream> EncryptAsync(TcpClient client)
    {
        if (Certificate is null)
        {
            return client.GetStream();
        }

        var encrypted = new SslStream(client.GetStream());
        await encrypted.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = Certificate,
                ClientCertificateRequired = ClientAuthority is not null,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => ClientAuthority is null || (certificate is not null && certificate.Issuer == ClientAuthority.Subject),
            },
            _stop.Token);

        // The last message of a refusal comes after the handshake, so the client is let in when it says something.
        if (ClientAuthority is not null)
        {
            Clients.Enqueue(encrypted.RemoteCertificate!.Subject);
        }

        return encrypted;
    }

    private async Task RequestsAsync(GatewayConnection connection, Stream inner)
    {
        SaslServer? sasl = null;
        bool isLetIn = Sasl is null;
        while (await GatewayConnection.ReadAsync(connection.Stream, _stop.Token) is { } frame)
        {
            short key = BinaryPrimitives.ReadInt16BigEndian(frame);
            int correlation = BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(4));
            ReadOnlyMemory<byte> body = GatewayConnection.Body(frame);
            switch (key)
            {
                case SaslHandshake when Sasl is not null:
                    string mechanism = Encoding.UTF8.GetString(body.Span[2..]);
                    sasl = Sasl(mechanism);
                    await connection.AnswerAsync(correlation, SaslFrames.Handshake(sasl is not null), _stop.Token);
                    break;
                case SaslAuthenticate when sasl is not null:
                    byte[]? answer = sasl.Answer(body.Span[4..]);
                    isLetIn = answer is not null && sasl.Client is not null;
                    if (isLetIn)
                    {
                        Clients.Enqueue(sasl.Client!);
                    }

                    Interlocked.Add(ref _refused, answer is null ? 1 : 0);
                    await connection.AnswerAsync(correlation, SaslFrames.Authenticate(answer), _stop.Token);
                    break;
                case ApiVersions:
                case var _ when isLetIn:
                    connection.Expected[correlation] = (key, BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(2)));
                    await GatewayConnection.WriteAsync(inner, frame, _stop.Token);
                    break;
                default:
                    throw new IOException($"A client that has not said who it is asks for {key}.");
            }
        }
    }

    private async Task ResponsesAsync(GatewayConnection connection, Stream inner)
    {
        while (await GatewayConnection.ReadAsync(inner, _stop.Token) is { } frame)
        {
            if (connection.Expected.TryRemove(BinaryPrimitives.ReadInt32BigEndian(frame), out (short Key, short Version) request))
            {
                if (request.Key is Metadata or FindCoordinator)
                {
                    ReplaceAddress(frame);
                }
                else if (request is { Key: ApiVersions, Version: < 3 } && Sasl is not null)
                {
                    frame = SaslFrames.AddTo(frame);
                }
            }

            await connection.SendAsync(frame, _stop.Token);
        }
    }

    /// <summary>Puts this side's port where the response tells the broker's.</summary>
    private void ReplaceAddress(byte[] frame)
    {
        Span<byte> address = stackalloc byte["127.0.0.1".Length + 4];
        "127.0.0.1"u8.CopyTo(address);
        BinaryPrimitives.WriteInt32BigEndian(address["127.0.0.1".Length..], _inner);
        for (int at = frame.AsSpan().IndexOf(address); at >= 0; at = frame.AsSpan().IndexOf(address))
        {
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(at + "127.0.0.1".Length), Port);
        }
    }
}
