using System.Net;
using System.Net.Sockets;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>A server for one client that does nothing but write what was encoded before, with QoS 0: with it the client is what limits.</summary>
internal sealed class Fount : IDisposable
{
    private const int Messages = 2048;
    private const int MessagesOfAWrite = 512;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _messages;
    private readonly byte[] _input = new byte[64 * 1024];
    private readonly int _size;
    private Socket? _client;
    private int _next;
    private long _published;

    public Fount()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _messages = Packets.Publish(0, qualityOfService: 0, Messages);
        _size = Packets.PublishSize(qualityOfService: 0);
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
        byte[] granted = [0x90, 3, _input[2], _input[3], 0];
        await _client.SendAsync(granted);
    }

    /// <summary>Sends so many messages, as fast as they are taken, and waits until they have been received.</summary>
    public void Publish(int count, Func<long> received)
    {
        _published += count;
        for (int sent = 0; sent < count;)
        {
            int messages = Math.Min(count - sent, MessagesOfAWrite);
            messages = Math.Min(messages, Messages - _next);
            _client!.Send(_messages.AsSpan(_next * _size, messages * _size));
            _next = (_next + messages) % Messages;
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
