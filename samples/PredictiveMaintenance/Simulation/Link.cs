using System.Net;
using System.Net.Sockets;

namespace PredictiveMaintenance.Simulation;

/// <summary>The link between gateway and cloud: passes bytes on, counts those that go up, and can be cut.</summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly int _cloudPort;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private readonly Task _accepting;
    private bool _isCut;
    private long _bytesUp;

    public Link(int cloudPort)
    {
        _cloudPort = cloudPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes from the gateway, with everything that the protocol adds.</summary>
    public long BytesUp => Interlocked.Read(ref _bytesUp);

    public void Cut()
    {
        lock (_gate)
        {
            _isCut = true;
            foreach (Socket socket in _open)
            {
                socket.Close();
            }
        }
    }

    public void Restore()
    {
        lock (_gate)
        {
            _isCut = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Cut();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> passing = [];
        try
        {
            while (true)
            {
                Socket gateway = await _listener.AcceptSocketAsync(_end.Token);
                passing.RemoveAll(static task => task.IsCompleted);
                passing.Add(PassAsync(gateway));
            }
        }
        finally
        {
            await Task.WhenAll(passing);
        }
    }

    private async Task PassAsync(Socket gateway)
    {
        using var cloud = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (gateway)
        {
            try
            {
                await cloud.ConnectAsync(IPAddress.Loopback, _cloudPort, _end.Token);
                if (TryOpen(gateway, cloud))
                {
                    await Task.WhenAny(CopyAsync(gateway, cloud, count: true), CopyAsync(cloud, gateway, count: false));
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The gateway is told nothing: that is what a bad link is like.
            }
            finally
            {
                Close(gateway, cloud);
            }
        }
    }

    private bool TryOpen(Socket gateway, Socket cloud)
    {
        lock (_gate)
        {
            return !_isCut && _open.Add(gateway) && _open.Add(cloud);
        }
    }

    private void Close(Socket gateway, Socket cloud)
    {
        lock (_gate)
        {
            _open.Remove(gateway);
            _open.Remove(cloud);
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool count)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is var length and > 0)
            {
                await to.SendAsync(buffer.AsMemory(0, length), _end.Token);
                if (count)
                {
                    Interlocked.Add(ref _bytesUp, length);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The link was cut.
        }
    }
}
