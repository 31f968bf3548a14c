using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>
/// Publishes to a broker as fast as its subscribers receive, on one thread that writes what was encoded before and counts by size what comes back.
/// </summary>
/// <remarks>No more messages are under way than the pattern's window: so nothing has to be dropped, and whether anything was is checked at the end.</remarks>
internal sealed class Load : IDisposable
{
    private readonly Pattern _pattern;
    private readonly Epoll _epoll = new();
    private readonly List<LoadConnection> _connections = [];
    private readonly int _size;
    private readonly byte[] _input = new byte[256 * 1024];
    private readonly Func<long>? _receivedElsewhere;
    private int _turn;

    /// <param name="port">The broker's.</param>
    /// <param name="pattern">Who publishes and who subscribes.</param>
    /// <param name="receivedElsewhere">If the subscriber is not one of the pattern's: how many messages it has received.</param>
    public Load(int port, Pattern pattern, Func<long>? receivedElsewhere = null)
    {
        _pattern = pattern;
        _receivedElsewhere = receivedElsewhere;
        _size = Packets.PublishSize(pattern.QualityOfService);
        int messages = 2 * (pattern.WindowOfPublisher + Pattern.Burst) / Pattern.Burst * Pattern.Burst;
        for (int i = 0; i < pattern.Publishers + pattern.Subscribers; i++)
        {
            bool publishes = i < pattern.Publishers;
            var connection = new LoadConnection(port, string.Create(CultureInfo.InvariantCulture, $"load-{i}"))
            {
                Messages = publishes ? Packets.Publish(i, pattern.QualityOfService, messages) : [],
                Acknowledgements = publishes ? [] : new byte[(_input.Length / _size * Packets.AcknowledgementSize) + 64],
            };
            _connections.Add(connection);
            if (!publishes)
            {
                connection.Subscribe(Packets.Filter, pattern.QualityOfService);
            }

            connection.Socket.Blocking = false;
            _epoll.Watch(connection.Socket, i);
        }
    }

    /// <summary>How many messages have been published.</summary>
    public long Published { get; private set; }

    /// <summary>How many messages subscribers have received, all together.</summary>
    public long Received { get; private set; }

    private bool HasWindow => (Published + Pattern.Burst - _pattern.Window) * _pattern.Subscribers <= Received;

    /// <summary>Publishes for a while.</summary>
    public void Run(TimeSpan duration)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            Step(publishes: true);
        }
    }

    /// <summary>Publishes so many messages more, and waits until the subscriber elsewhere has received them.</summary>
    /// <exception cref="InvalidOperationException">They do not come.</exception>
    public void Publish(int count)
    {
        long target = Published + count;
        while (Published < target)
        {
            if (_receivedElsewhere!() + _pattern.Window < Published)
            {
                Thread.Sleep(1);
            }
            else
            {
                Step(publishes: true);
            }
        }

        long start = Stopwatch.GetTimestamp();
        while (_receivedElsewhere!() < Published)
        {
            // Part of the last burst may wait for room.
            Step(publishes: false);
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(10))
            {
                throw new InvalidOperationException($"{_receivedElsewhere():N0} of {Published:N0} messages were received.");
            }
        }
    }

    /// <summary>Waits until all subscribers have received all messages, and publishers all acknowledgements.</summary>
    /// <exception cref="InvalidOperationException">Messages were lost, or came twice.</exception>
    public void Drain()
    {
        long start = Stopwatch.GetTimestamp();
        while ((Received < Published * _pattern.Subscribers || _connections.Exists(static connection => connection.Unacknowledged > 0))
            && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10))
        {
            Step(publishes: false);
        }

        foreach (LoadConnection subscriber in _connections.Skip(_pattern.Publishers))
        {
            if (subscriber.Received != Published)
            {
                throw new InvalidOperationException($"{_pattern}: a subscriber received {subscriber.Received:N0} of {Published:N0} messages.");
            }
        }
    }

    public void Dispose()
    {
        _connections.ForEach(connection => connection.Dispose());
        _epoll.Dispose();
    }

    private void Step(bool publishes)
    {
        bool canPublish = publishes && PublishTurn();
        int ready = _epoll.Wait(canPublish ? 0 : 1);
        for (int i = 0; i < ready; i++)
        {
            (int index, bool canWrite) = _epoll[i];
            LoadConnection connection = _connections[index];
            if (canWrite)
            {
                connection.IsFull = false;
                _epoll.WatchForRoom(connection.Socket, index, wanted: false);
                if (index >= _pattern.Publishers)
                {
                    SendAcknowledgements(connection, index);
                }
                else if (connection.Sent % (Pattern.Burst * _size) != 0)
                {
                    SendBurst(connection, index);
                }
            }

            if (index < _pattern.Publishers)
            {
                ReceiveAcknowledgements(connection);
            }
            else
            {
                ReceiveMessages(connection, index);
            }
        }
    }

    /// <summary>Lets each publisher publish a burst, if it may.</summary>
    /// <returns>Whether one may publish more at once.</returns>
    private bool PublishTurn()
    {
        bool any = false;
        for (int i = 0; i < _pattern.Publishers && HasWindow; i++)
        {
            int index = _turn;
            _turn = _turn + 1 == _pattern.Publishers ? 0 : _turn + 1;
            LoadConnection publisher = _connections[index];
            if (!publisher.IsFull && (_pattern.QualityOfService == 0 || publisher.Unacknowledged + Pattern.Burst <= _pattern.WindowOfPublisher))
            {
                Published += Pattern.Burst;
                publisher.Unacknowledged += _pattern.QualityOfService == 0 ? 0 : Pattern.Burst;
                SendBurst(publisher, index);
                any = true;
            }
        }

        return any;
    }

    private void SendBurst(LoadConnection publisher, int index)
    {
        int burst = Pattern.Burst * _size;
        int rest = burst - (publisher.Sent % burst);
        int sent = publisher.Socket.Send(publisher.Messages.AsSpan(publisher.Sent, rest), SocketFlags.None, out SocketError error);
        Require(error);
        publisher.Sent = (publisher.Sent + sent) % publisher.Messages.Length;
        if (sent < rest)
        {
            publisher.IsFull = true;
            _epoll.WatchForRoom(publisher.Socket, index, wanted: true);
        }
    }

    private void ReceiveAcknowledgements(LoadConnection publisher)
    {
        int count = publisher.Socket.Receive(_input, SocketFlags.None, out SocketError error);
        Require(error, count);
        int bytes = publisher.PartSize + count;
        publisher.Unacknowledged -= bytes / Packets.AcknowledgementSize;
        publisher.PartSize = bytes % Packets.AcknowledgementSize;
    }

    private void ReceiveMessages(LoadConnection subscriber, int index)
    {
        int part = subscriber.PartSize;
        subscriber.Part.AsSpan(0, part).CopyTo(_input);
        int count = subscriber.Socket.Receive(_input.AsSpan(part), SocketFlags.None, out SocketError error);
        Require(error, count);
        int bytes = part + count;
        int messages = bytes / _size;
        subscriber.Received += messages;
        Received += messages;
        subscriber.PartSize = bytes % _size;
        _input.AsSpan(messages * _size, subscriber.PartSize).CopyTo(subscriber.Part);
        if (messages > 0 && _input[0] >> 4 != 3)
        {
            throw new InvalidOperationException($"{_pattern}: a subscriber received something else than messages.");
        }

        if (_pattern.QualityOfService > 0)
        {
            Acknowledge(subscriber, messages);
            if (!subscriber.IsFull)
            {
                SendAcknowledgements(subscriber, index);
            }
        }
    }

    private void Acknowledge(LoadConnection subscriber, int messages)
    {
        int needed = subscriber.AcknowledgementsSize + (messages * Packets.AcknowledgementSize);
        if (needed > subscriber.Acknowledgements.Length)
        {
            byte[] larger = new byte[needed * 2];
            subscriber.Acknowledgements.AsSpan(0, subscriber.AcknowledgementsSize).CopyTo(larger);
            subscriber.Acknowledgements = larger;
        }

        Span<byte> output = subscriber.Acknowledgements.AsSpan(subscriber.AcknowledgementsSize);
        for (int i = 0; i < messages; i++)
        {
            int identifier = (i * _size) + Packets.IdentifierOffset;
            output[3] = _input[identifier + 1];
            output[2] = _input[identifier];
            output[1] = 2;
            output[0] = 0x40;
            output = output[Packets.AcknowledgementSize..];
        }

        subscriber.AcknowledgementsSize = needed;
    }

    private void SendAcknowledgements(LoadConnection subscriber, int index)
    {
        if (subscriber.AcknowledgementsSize == 0)
        {
            return;
        }

        int sent = subscriber.Socket.Send(subscriber.Acknowledgements.AsSpan(0, subscriber.AcknowledgementsSize), SocketFlags.None, out SocketError error);
        Require(error);
        subscriber.AcknowledgementsSize -= sent;
        subscriber.Acknowledgements.AsSpan(sent, subscriber.AcknowledgementsSize).CopyTo(subscriber.Acknowledgements);
        if (subscriber.AcknowledgementsSize > 0)
        {
            subscriber.IsFull = true;
            _epoll.WatchForRoom(subscriber.Socket, index, wanted: true);
        }
    }

    private static void Require(SocketError error, int received = 1)
    {
        if (error == SocketError.Success && received == 0)
        {
            throw new IOException("The broker closed a connection.");
        }

        if (error is not SocketError.Success and not SocketError.WouldBlock)
        {
            throw new SocketException((int)error);
        }
    }
}
