using System.Net;
using System.Net.Sockets;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>A server for one client that does nothing but write what was encoded before: with it the client is what limits.</summary>
internal sealed class Fount : IDisposable
{
    private const int Window = 1024;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _messages;
    private readonly byte[] _input = new byte[64 * 1024];
    private readonly int _size;
    private readonly bool _isAcknowledged;
    private Socket? _client;
    private int _next;
    private int _unacknowledged;
    private int _part;
    private long _published;

    public Fount(int qualityOfService)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _messages = Packets.Publish(0, qualityOfService, 2 * Window);
        _size = Packets.PublishSize(qualityOfService);
        _isAcknowledged = qualityOfService > 0;
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Waits for the client and lets it subscribe.</summary>
    public async Task AcceptAsync()
    {
        _client = await _listener.AcceptAsync();
        _client.NoDelay = true;
        await _client.ReceiveAsync(_input);
        await _client.SendAsync(new byte[] { 0x20, 2, 0, 0 });
        await _client.ReceiveAsync(_input);
        byte[] granted = [0x90, 3, _input[2], _input[3], _isAcknowledged ? (byte)1 : (byte)0];
        await _client.SendAsync(granted);
    }

    /// <summary>Sends so many messages, as fast as they are taken, and waits until they have been received.</summary>
    public void Publish(int count, Func<long> received)
    {
        _published += count;
        for (int sent = 0; sent < count;)
        {
            int messages = Math.Min(count - sent, Window / 2);
            messages = Math.Min(messages, (_messages.Length / _size) - _next);
            while (_isAcknowledged && _unacknowledged + messages > Window)
            {
                int bytes = _part + _client!.Receive(_input);
                _unacknowledged -= bytes / Packets.AcknowledgementSize;
                _part = bytes % Packets.AcknowledgementSize;
            }

            _client!.Send(_messages.AsSpan(_next * _size, messages * _size));
            _unacknowledged += messages;
            _next = (_next + messages) % (_messages.Length / _size);
            sent += messages;
        }

        while (received() < _published)
        {
            Thread.Sleep(1);
        }
    }

    public void Dispose()
    {
        _client?.Dispose();
        _listener.Dispose();
    }
}
