using System.Net;
using System.Net.Sockets;

namespace IoTStream.Mqtt.Tests.Peers;

/// <summary>A wire to a server that can be cut; whoever connects afterwards gets a new one.</summary>
internal sealed class Cable : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _ends = [];
    private readonly int _target;

    public Cable(int target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Whether whoever connects gets through; default true.</summary>
    public bool IsPlugged { get; set; } = true;

    /// <summary>Both ends lose their connections without a word.</summary>
    public void Cut()
    {
        lock (_ends)
        {
            foreach (Socket end in _ends)
            {
                end.LingerState = new LingerOption(enable: true, seconds: 0);
                end.Dispose();
            }

            _ends.Clear();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Cut();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket near = await _listener.AcceptSocketAsync();
                near.NoDelay = true;
                if (await ConnectAsync() is not { } far)
                {
                    near.Dispose();
                    continue;
                }

                lock (_ends)
                {
                    _ends.AddRange([near, far]);
                }

                _ = PumpAsync(near, far);
                _ = PumpAsync(far, near);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task<Socket?> ConnectAsync()
    {
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (IsPlugged)
            {
                await far.ConnectAsync(IPAddress.Loopback, _target);
                return far;
            }
        }
        catch (SocketException)
        {
            // Nobody listens there at present.
        }

        far.Dispose();
        return null;
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        try
        {
            byte[] buffer = new byte[16 * 1024];
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                await to.SendAsync(buffer.AsMemory(0, count));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }
}
