using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using IoTStream.Log;

namespace IoTStream.Mqtt.Broker;

/// <summary>An MQTT broker inside the process: for gateways, samples and tests.</summary>
/// <remarks>
/// <para>
/// Speaks MQTT 3.1.1 and 5.0 over TCP, TLS and WebSockets: QoS 0 to 2 both ways, sessions that outlive connections, retained messages, wills with delay,
/// shared subscriptions, subscription identifiers and options, topic aliases both ways. With <see cref="MqttBrokerOptions.Store"/> sessions and retained
/// messages outlive the process; else it keeps nothing on disk.
/// </para>
/// <para>
/// Every buffer is bounded by <see cref="MqttBrokerOptions"/>. A client that breaks the protocol is disconnected with the reason code of the
/// specification (MQTT 5.0, section 4.13); nobody else notices. All members are thread-safe. Metrics are published by the meter
/// "IoTStream.Mqtt.Broker".
/// </para>
/// </remarks>
public sealed partial class MqttBroker : IAsyncDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(100);
    private readonly BrokerContext _context;
    private readonly Listener[] _listeners;
    private readonly SystemTopics _systemTopics;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _disposeLock = new();
    private readonly Task[] _accepting;
    private readonly Task _sweeping;
    private Task? _disposing;

    private MqttBroker(BrokerContext context, Listener[] listeners)
    {
        _context = context;
        _systemTopics = new SystemTopics(_context);
        _listeners = listeners;
        _accepting = [.. listeners.Select(AcceptAsync)];
        _sweeping = SweepAsync();
    }

    /// <summary>The port that the broker listens on.</summary>
    public int Port => _listeners[0].Port;

    /// <summary>The port that the broker listens on for WebSockets; null if <see cref="MqttBrokerOptions.WebSocketPort"/> is.</summary>
    public int? WebSocketPort => _listeners.Length > 1 ? _listeners[1].Port : null;

    /// <summary>The counts of this moment.</summary>
    public MqttBrokerStatistics Statistics => _context.GetStatistics();

    /// <summary>
    /// Why the broker cannot store anything any more; null if all is well, or it has no <see cref="MqttBrokerOptions.Store"/>. From then on it acknowledges nothing that it would have
    /// to store: start it anew once the cause is removed.
    /// </summary>
    public Exception? StoreFailure => _context.Journal?.Failure;

    /// <summary>Starts a broker; when the task completes, clients can connect.</summary>
    /// <param name="options">How it behaves; by default <see cref="MqttBrokerOptions"/> as they are.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message says which and what to set.</exception>
    /// <exception cref="SocketException">The address cannot be listened on, for instance because the port is taken.</exception>
    /// <exception cref="LogInUseException">Another broker has the store open.</exception>
    /// <exception cref="LogDamagedException">The store is damaged.</exception>
    /// <exception cref="IOException">The store cannot be read or written.</exception>
    public static async Task<MqttBroker> StartAsync(MqttBrokerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new MqttBrokerOptions();
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        SslServerAuthenticationOptions? tls = options.Tls is null ? null : Authentication(options.Tls);
        var listeners = new List<Listener>();
        var context = new BrokerContext(options);
        try
        {
            if (options.Store is { } store)
            {
                await Task.Run(() => context.Restore(store), cancellationToken).ConfigureAwait(false);
            }

            listeners.Add(new Listener(new IPEndPoint(options.Address, options.Port), tls, isWebSocket: false));
            if (options.WebSocketPort is { } port)
            {
                listeners.Add(new Listener(new IPEndPoint(options.Address, port), tls, isWebSocket: true));
            }

            return new MqttBroker(context, [.. listeners]);
        }
        catch
        {
            listeners.ForEach(listener => listener.Dispose());
            await CloseAsync(context).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Stops listening, tells 5.0 clients that the server shuts down (0x8B), closes all connections and waits until everything is gone, a
    /// client that does not read for about a second at most. May be called several times, from several threads.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_disposeLock)
        {
            _disposing ??= StopAsync();
        }

        return new ValueTask(_disposing);
    }

    private static async ValueTask CloseAsync(BrokerContext context)
    {
        if (context.Journal is { } journal)
        {
            await journal.DisposeAsync().ConfigureAwait(false);
        }

        context.Dispose();
    }

    private static SslServerAuthenticationOptions Authentication(MqttBrokerTls tls)
    {
        bool asks = tls.ClientAuthorities is not null;
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(tls.ServerCertificate, additionalCertificates: null),
            ClientCertificateRequired = asks,
        };
        if (asks)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(tls.ClientAuthorities!);
            options.CertificateChainPolicy = policy;
            options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                certificate is null ? !tls.RequireClientCertificate : errors == SslPolicyErrors.None;
        }

        return options;
    }

    private async Task AcceptAsync(Listener listener)
    {
        CancellationToken stopping = _stopping.Token;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await listener.AcceptAsync(stopping).ConfigureAwait(false);
                Start(listener, socket);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The peer gave up while it was queued, or the process is out of file descriptors; both pass.
                await Task.Delay(AcceptRetryDelay, _context.Clock.Provider, stopping)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Start(Listener listener, Socket socket)
    {
        if (_context.Connections.Open >= _context.Options.MaxConnections)
        {
            socket.Dispose();
            return;
        }

        try
        {
            _context.Connections.Start(new Connection(listener.Open(socket, _context.Clock.Provider), _context), _context.Options.MaxPendingConnections);
        }
        catch (Exception e) when (Connection.IsLoss(e))
        {
            // The peer was gone before the connection had begun.
            socket.Dispose();
        }
    }

    private async Task SweepAsync()
    {
        using var timer = new PeriodicTimer(SweepInterval, _context.Clock.Provider);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                _context.Sessions.Sweep();
                _context.Pipelines.Sweep();
                _context.Journal?.CheckRoom();
                _systemTopics.Publish();
                TimeSpan now = _context.Clock.Now;
                foreach (Connection connection in _context.Connections.All)
                {
                    connection.CheckKeepAlive(now);
                    connection.Trim();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The broker stops.
        }
    }

    private async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (Listener listener in _listeners)
        {
            listener.Dispose();
        }

        await Task.WhenAll([.. _accepting, _sweeping]).ConfigureAwait(false);
        _context.Pipelines.Stop();
        await _context.Router.StopAsync().ConfigureAwait(false);
        await _context.Connections.CloseAsync(MqttReasonCode.ServerShuttingDown).ConfigureAwait(false);
        await CloseAsync(_context).ConfigureAwait(false);
        _stopping.Dispose();
    }
}
