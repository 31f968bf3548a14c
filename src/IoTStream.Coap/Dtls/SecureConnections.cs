using System.Net;
using IoTStream.Coap.Client;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Dtls;

/// <summary>A client's sessions: one with each server, established when it is asked, and again, taken up where that is possible, when it was lost. Thread-safe.</summary>
/// <param name="options">The client's.</param>
/// <param name="bind">Gives what carries the datagrams of a session.</param>
internal sealed class SecureConnections(CoapClientOptions options, Func<DatagramTransport> bind) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Host, int Port), Task<SecureConnection>> _connections = [];
    private readonly Dictionary<(string Host, int Port), SslSessionHandle> _resumptions = [];
    private readonly CancellationTokenSource _stopping = new();
    private DtlsContext? _keys;
    private DtlsContext? _certificates;
    private bool _isClosed;

    /// <exception cref="CoapException">There is none, and it cannot be established.</exception>
    public async ValueTask<SecureConnection> GetAsync(RequestTarget target, CancellationToken cancellationToken)
    {
        (string Host, int Port) key = (target.Host, target.Port);
        while (true)
        {
            Task<SecureConnection> connecting = FindOrConnect(key, target);
            try
            {
                SecureConnection connection = await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (!connection.Messages.IsClosed)
                {
                    return connection;
                }
            }
            catch (CoapException)
            {
                Remove(key, connecting);
                throw;
            }

            Remove(key, connecting);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<SecureConnection>[] connections;
        lock (_lock)
        {
            _isClosed = true;
            connections = [.. _connections.Values];
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (Task<SecureConnection> connection in connections)
        {
            try
            {
                await (await connection.ConfigureAwait(false)).Messages.DisposeAsync().ConfigureAwait(false);
            }
            catch (CoapException)
            {
                // It was never established.
            }
        }

        foreach (SslSessionHandle resumption in _resumptions.Values)
        {
            resumption.Dispose();
        }

        _keys?.Dispose();
        _certificates?.Dispose();
        _stopping.Dispose();
    }

    private Task<SecureConnection> FindOrConnect((string Host, int Port) key, RequestTarget target)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                throw new CoapException("The client is closed.");
            }

            if (!_connections.TryGetValue(key, out Task<SecureConnection>? connecting))
            {
                connecting = ConnectAsync(key, target);
                _connections[key] = connecting;
            }

            return connecting;
        }
    }

    private void Remove((string Host, int Port) key, Task<SecureConnection> connecting)
    {
        lock (_lock)
        {
            if (_connections.TryGetValue(key, out Task<SecureConnection>? found) && ReferenceEquals(found, connecting))
            {
                _connections.Remove(key);
            }
        }
    }

    private async Task<SecureConnection> ConnectAsync((string Host, int Port) key, RequestTarget target)
    {
        // Not with the lock of whoever asks.
        await Task.Yield();
        DtlsClientTransport? transport = null;
        try
        {
            CoapPreSharedKey? shared = options.Dtls.PreSharedKeys?.Invoke(target.Host);
            shared?.Validate();
            DtlsContext context = ContextFor(shared is not null);
            DatagramTransport below = bind();
            PeerAddress peer = default;
            SslSessionHandle? resumption = null;
            try
            {
                IPEndPoint endPoint = await Resolver.ResolveAsync(target, below.LocalEndPoint.AddressFamily, _stopping.Token).ConfigureAwait(false);
                peer = below.AddressOf(endPoint);
                lock (_lock)
                {
                    _resumptions.Remove(key, out resumption);
                }

                transport = new DtlsClientTransport(
                    below,
                    carrier => DtlsSession.To(context, carrier, options.TimeProvider, peer, shared, options.Dtls.ServerName ?? target.Host, resumption),
                    peer,
                    options.Dtls,
                    options.TimeProvider);
            }
            catch
            {
                await below.DisposeAsync().ConfigureAwait(false);
                throw;
            }
            finally
            {
                resumption?.Dispose();
            }

            await transport.ConnectAsync(_stopping.Token).ConfigureAwait(false);
            var limits = new MessageLimits(Exchanges: 1 << 12, Peers: 1, options.MaximumWaiting, options.MaximumRequests);
            var messages = new MessageLayer(transport, options.Transmission, limits, options.TimeProvider, new Randomness(), handler: null);
            messages.Start();
            _ = FollowAsync(key, transport, messages);
            return new SecureConnection(messages, peer, transport.IsResumed);
        }
        catch (Exception e) when (e is CoapException or OperationCanceledException or System.Net.Sockets.SocketException or ArgumentException)
        {
            if (transport is not null)
            {
                await transport.DisposeAsync().ConfigureAwait(false);
            }

            throw new CoapException($"There is no session with {target.Host}:{target.Port}: {e.Message}", e);
        }
    }

    /// <summary>Keeps what a session can be taken up again with, and ends what waits for answers when it is over.</summary>
    private async Task FollowAsync((string Host, int Port) key, DtlsClientTransport transport, MessageLayer messages)
    {
        SslSessionHandle? former;
        lock (_lock)
        {
            _resumptions.Remove(key, out former);
            if (!_isClosed && transport.TakeResumption() is { } resumption)
            {
                _resumptions.Add(key, resumption);
            }
        }

        former?.Dispose();
        await transport.Ended.ConfigureAwait(false);
        await messages.DisposeAsync().ConfigureAwait(false);
    }

    private DtlsContext ContextFor(bool hasKey)
    {
        lock (_lock)
        {
            return hasKey ? _keys ??= DtlsContext.ForKeys() : _certificates ??= DtlsContext.ForCertificates(options.Dtls);
        }
    }
}
