using System.Buffers;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Messaging;

/// <content>What goes, and waits for an acknowledgement or an answer.</content>
internal sealed partial class MessageLayer
{
    // How many answers to groups wait at a time, for each message that may wait for a peer.
    private const int DelayedForEach = 16;

    private readonly Dictionary<(PeerAddress Peer, ushort Id), Transmission> _transmissions = [];
    private readonly Dictionary<(PeerAddress Peer, Token Token), OutgoingRequest> _requests = [];
    private readonly Dictionary<(PeerAddress Peer, ushort Id), Sender> _unconfirmed = [];
    private readonly Stack<Transmission> _spare = new();
    private int _delayed;

    /// <summary>Answers to a group's request come from its members; their tokens are all alike.</summary>
    private readonly Dictionary<Token, OutgoingRequest> _groupRequests = [];

    /// <inheritdoc/>
    public override void Respond(in Exchange exchange, CoapCode code, ReadOnlySpan<byte> body, Sender? sender)
    {
        lock (_lock)
        {
            Peer peer = _peers.Touch(exchange.Peer);
            if (!exchange.IsConfirmable)
            {
                SendOnce(peer, code, exchange.Token, body, exchange.IsMulticast);
                return;
            }

            int place = _exchanges.PlaceOf(exchange.Key);
            if (place < 0)
            {
                return;
            }

            if (_exchanges[place].State == ExchangeState.Pending)
            {
                int length = Write(MessageType.Acknowledgement, code, _exchanges[place].Id, exchange.Token, body);
                _exchanges.Answer(place, _scratch.AsSpan(0, length), exchange.IsSafe);
                _exchanges.Finish(place, _time.GetTimestamp());
                Send(peer, _scratch.AsSpan(0, length));
            }
            else if (_exchanges[place].State == ExchangeState.Acknowledged)
            {
                Counters.SeparateResponses++;
                _exchanges.Finish(place, _time.GetTimestamp());
                Transmit(peer, code, exchange.Token, body, sender);
            }
        }
    }

    /// <inheritdoc/>
    public override void Suppress(in Exchange exchange)
    {
        if (!exchange.IsConfirmable)
        {
            return;
        }

        lock (_lock)
        {
            Acknowledge(exchange.Key);
            int place = _exchanges.PlaceOf(exchange.Key);
            if (place >= 0)
            {
                _exchanges.Finish(place, _time.GetTimestamp());
            }
        }
    }

    /// <inheritdoc/>
    public override void Notify(in PeerAddress peer, Token token, bool confirmable, CoapCode code, ReadOnlySpan<byte> body, Sender sender)
    {
        bool isRefused;
        lock (_lock)
        {
            Peer known = _peers.Touch(peer);
            if (confirmable)
            {
                isRefused = !Transmit(known, code, token, body, sender);
            }
            else
            {
                isRefused = false;
                if (sender.Unconfirmed >= 0)
                {
                    _unconfirmed.Remove((peer, (ushort)sender.Unconfirmed));
                }

                ushort id = known.NextId++;
                sender.Unconfirmed = id;
                _unconfirmed[(peer, id)] = sender;
                int length = Write(MessageType.NonConfirmable, code, id, token, body);
                Send(known, _scratch.AsSpan(0, length));
            }
        }

        if (isRefused)
        {
            sender.OnLost(LossReason.TooMany);
        }
    }

    /// <inheritdoc/>
    public override void Forget(Sender sender, in PeerAddress peer)
    {
        lock (_lock)
        {
            if (sender.Unconfirmed >= 0)
            {
                _unconfirmed.Remove((peer, (ushort)sender.Unconfirmed));
                sender.Unconfirmed = -1;
            }
        }
    }

    /// <inheritdoc/>
    public override Token NewToken()
    {
        lock (_lock)
        {
            return new Token(_randomness.Next(), Token.MaximumLength);
        }
    }

    /// <inheritdoc/>
    public override void Send(OutgoingRequest request, MessageType type, CoapCode code, ReadOnlySpan<byte> body, bool isGroup = false)
    {
        LossReason refusal;
        lock (_lock)
        {
            if (TrySend(request, type, code, body, isGroup))
            {
                return;
            }

            refusal = _isClosed ? LossReason.Closed : LossReason.TooMany;
            Remove(request);
        }

        request.OnLost(refusal);
    }

    /// <inheritdoc/>
    public override void Forget(OutgoingRequest request)
    {
        lock (_lock)
        {
            Remove(request);
            if (request.MessageId >= 0
                && _transmissions.TryGetValue((request.Peer, (ushort)request.MessageId), out Transmission? transmission)
                && ReferenceEquals(transmission.Sender, request)
                && End(transmission) is { } next)
            {
                Begin(next);
            }
        }
    }

    private bool TrySend(OutgoingRequest request, MessageType type, CoapCode code, ReadOnlySpan<byte> body, bool isGroup)
    {
        if (_isClosed || _requests.Count + _groupRequests.Count >= _limits.Requests)
        {
            return false;
        }

        if (isGroup)
        {
            _groupRequests[request.Token] = request;
        }
        else
        {
            _requests[(request.Peer, request.Token)] = request;
        }

        Peer peer = _peers.Touch(request.Peer);
        if (type == MessageType.Confirmable)
        {
            return Transmit(peer, code, request.Token, body, request);
        }

        SendOnce(peer, code, request.Token, body, isDelayed: false);
        return true;
    }

    private void Remove(OutgoingRequest request)
    {
        // Another request may have got the token meanwhile, as one that is made again with its own does.
        if (_requests.TryGetValue((request.Peer, request.Token), out OutgoingRequest? found) && ReferenceEquals(found, request))
        {
            _requests.Remove((request.Peer, request.Token));
        }

        if (_groupRequests.TryGetValue(request.Token, out found) && ReferenceEquals(found, request))
        {
            _groupRequests.Remove(request.Token);
        }
    }

    private OutgoingRequest? RequestOf(in PeerAddress from, Token token) =>
        _requests.TryGetValue((from, token), out OutgoingRequest? request) || _groupRequests.TryGetValue(token, out request) ? request : null;

    private int Write(MessageType type, CoapCode code, ushort id, Token token, ReadOnlySpan<byte> body)
    {
        var writer = new MessageWriter(_scratch, type, code, id, token);
        body.CopyTo(_scratch.AsSpan(writer.Length));
        return writer.Length + body.Length;
    }

    private void SendOnce(Peer peer, CoapCode code, Token token, ReadOnlySpan<byte> body, bool isDelayed)
    {
        int length = Write(MessageType.NonConfirmable, code, peer.NextId++, token, body);
        if (!isDelayed)
        {
            Send(peer, _scratch.AsSpan(0, length));
            return;
        }

        // Nobody waits for each answer of a group, and a flood of such requests is not to fill the memory.
        if (_delayed >= _limits.Waiting * DelayedForEach)
        {
            Counters.Refused++;
            return;
        }

        // The members of a group do not answer all at once (RFC 7252, section 8.2).
        _delayed++;
        Transmission later = NewTransmission(peer, length, sender: null, isConfirmable: false);
        later.IsActive = true;
        Schedule(later, _time.GetTimestamp() + (long)(Ticks(_transmission.Leisure) * _randomness.NextFraction()));
    }

    /// <returns>False if too many wait already.</returns>
    private bool Transmit(Peer peer, CoapCode code, Token token, ReadOnlySpan<byte> body, Sender? sender)
    {
        bool waits = peer.OnTheWay >= _transmission.NStart;
        if (waits && peer.Waiting.Count >= _limits.Waiting)
        {
            Counters.Unanswered++;
            return false;
        }

        ushort id = peer.NextId++;
        int length = Write(MessageType.Confirmable, code, id, token, body);
        Transmission transmission = NewTransmission(peer, length, sender, isConfirmable: true);
        transmission.Id = id;
        if (sender is OutgoingRequest request)
        {
            request.MessageId = id;
        }

        _transmissions[(peer.Address, id)] = transmission;
        if (waits)
        {
            peer.Waiting.Enqueue(transmission);
        }
        else
        {
            Begin(transmission);
        }

        return true;
    }

    private Transmission NewTransmission(Peer peer, int length, Sender? sender, bool isConfirmable)
    {
        if (!_spare.TryPop(out Transmission? transmission))
        {
            transmission = new Transmission();
        }

        transmission.Peer = peer;
        transmission.Sender = sender;
        transmission.Datagram = ArrayPool<byte>.Shared.Rent(length);
        transmission.Length = length;
        transmission.IsConfirmable = isConfirmable;
        transmission.Repetitions = 0;
        transmission.IsActive = false;
        _scratch.AsSpan(0, length).CopyTo(transmission.Datagram);
        return transmission;
    }

    /// <summary>Sends a confirmable message for the first time.</summary>
    private void Begin(Transmission transmission)
    {
        transmission.Peer!.OnTheWay++;
        transmission.IsActive = true;
        double factor = 1 + ((_transmission.AckRandomFactor - 1) * _randomness.NextFraction());
        transmission.Timeout = (long)(Ticks(_transmission.AckTimeout) * factor);
        Send(transmission.Peer, transmission.Datagram.AsSpan(0, transmission.Length));
        Schedule(transmission, _time.GetTimestamp() + transmission.Timeout);
    }

    /// <summary>Ends a confirmable message, whatever has become of it.</summary>
    /// <returns>The one that may go now.</returns>
    private Transmission? End(Transmission transmission)
    {
        Peer peer = transmission.Peer!;
        _transmissions.Remove((peer.Address, transmission.Id));
        if (transmission.Sender is OutgoingRequest request)
        {
            request.MessageId = -1;
        }

        transmission.Sender = null;
        if (!transmission.IsActive)
        {
            // It still waits, and is passed over when its turn comes.
            transmission.Length = 0;
            return null;
        }

        transmission.IsActive = false;
        Release(transmission);
        peer.OnTheWay--;
        while (peer.OnTheWay < _transmission.NStart && peer.Waiting.TryDequeue(out Transmission? next))
        {
            if (next.Length > 0)
            {
                return next;
            }

            Release(next);
            _spare.Push(next);
        }

        return null;
    }

    private static void Release(Transmission transmission)
    {
        ArrayPool<byte>.Shared.Return(transmission.Datagram);
        transmission.Datagram = [];
        transmission.Peer = null;
    }

    private void CloseSenders()
    {
        List<Sender> senders;
        lock (_lock)
        {
            _isClosed = true;
            senders = [.. _requests.Values, .. _groupRequests.Values, .. _transmissions.Values.Select(static t => t.Sender).OfType<Sender>().Where(static s => s is not OutgoingRequest)];
            _requests.Clear();
            _groupRequests.Clear();
            _transmissions.Clear();
            _unconfirmed.Clear();
            _due.Clear();
        }

        foreach (Sender sender in senders)
        {
            sender.OnLost(LossReason.Closed);
        }
    }
}
