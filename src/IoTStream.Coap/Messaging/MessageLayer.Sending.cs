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
    private long _transmitted;

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
                Transmit(peer, MessageType.Confirmable, code, exchange.Token, body, sender);
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
                isRefused = !Transmit(known, MessageType.Confirmable, code, token, body, sender);
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
    public override void Send(OutgoingRequest request, MessageType type, CoapCode code, ReadOnlySpan<byte> body, RequestKind kind = RequestKind.Ordinary)
    {
        LossReason refusal;
        lock (_lock)
        {
            if (TrySend(request, type, code, body, kind))
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

    private bool TrySend(OutgoingRequest request, MessageType type, CoapCode code, ReadOnlySpan<byte> body, RequestKind kind)
    {
        if (_isClosed || _requests.Count + _groupRequests.Count >= _limits.Requests)
        {
            return false;
        }

        if (kind == RequestKind.Group)
        {
            _groupRequests[request.Token] = request;
        }
        else
        {
            _requests[(request.Peer, request.Token)] = request;
        }

        Peer peer = _peers.Touch(request.Peer);
        if (type == MessageType.Confirmable || (kind == RequestKind.Ordinary && !double.IsPositiveInfinity(_transmission.ProbingRate)))
        {
            return Transmit(peer, type, code, request.Token, body, request);
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
    private bool Transmit(Peer peer, MessageType type, CoapCode code, Token token, ReadOnlySpan<byte> body, Sender? sender)
    {
        bool isProbe = type == MessageType.NonConfirmable;
        Queue<Transmission> queue = isProbe ? peer.Probes : peer.Waiting;
        bool waits = peer.OnTheWay >= _transmission.NStart || (isProbe && (queue.Count > 0 || _time.GetTimestamp() < peer.ProbeAt));
        if (waits && queue.Count >= _limits.Waiting)
        {
            Counters.Unanswered++;
            return false;
        }

        ushort id = peer.NextId++;
        int length = Write(type, code, id, token, body);
        Transmission transmission = NewTransmission(peer, length, sender, isConfirmable: !isProbe);
        transmission.IsProbe = isProbe;
        transmission.Id = id;
        if (sender is OutgoingRequest request)
        {
            request.MessageId = id;
        }

        _transmissions[(peer.Address, id)] = transmission;
        if (waits)
        {
            queue.Enqueue(transmission);
            if (isProbe)
            {
                Counters.HeldBack++;
                ClientMeter.CountHeldBack();
            }
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
        transmission.Number = _transmitted++;
        transmission.IsProbe = false;
        transmission.IsActive = false;
        _scratch.AsSpan(0, length).CopyTo(transmission.Datagram);
        return transmission;
    }

    /// <summary>Sends a confirmable message for the first time, or a request without confirmation.</summary>
    private void Begin(Transmission transmission)
    {
        transmission.Peer!.OnTheWay++;
        transmission.IsActive = true;
        double factor = 1 + ((_transmission.AckRandomFactor - 1) * _randomness.NextFraction());
        transmission.Timeout = (long)(Ticks(_transmission.AckTimeout) * factor);
        Send(transmission.Peer, transmission.Datagram.AsSpan(0, transmission.Length));
        if (transmission.IsProbe)
        {
            HoldBack(transmission.Peer, transmission.Length);
        }

        Schedule(transmission, _time.GetTimestamp() + transmission.Timeout);
    }

    /// <summary>A request has gone that nobody may answer: no more of that kind goes to the peer than it may be sent in silence (RFC 7252, section 4.7).</summary>
    private void HoldBack(Peer peer, int length)
    {
        peer.ProbeAt = _time.GetTimestamp() + (long)(length / _transmission.ProbingRate * _time.TimestampFrequency);
        if (!peer.IsProbed)
        {
            peer.IsProbed = true;
            _probed.Enqueue(peer, peer.ProbeAt);
            SetTimer(peer.ProbeAt);
        }
    }

    /// <summary>Something has come from a peer, which so is there.</summary>
    private Peer? Hear(in PeerAddress from)
    {
        Peer? peer = _peers.Find(from);
        if (peer is not null)
        {
            peer.ProbeAt = long.MinValue;
        }

        return peer;
    }

    /// <summary>Sends what may go now.</summary>
    private void Resume(Peer? peer)
    {
        while (peer is { Probes.Count: > 0 } && Next(peer) is { } next)
        {
            Begin(next);
        }
    }

    /// <summary>Ends a message, whatever has become of it.</summary>
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
        return Next(peer);
    }

    /// <summary>Takes the message that may go to a peer now.</summary>
    private Transmission? Next(Peer peer)
    {
        Transmission? confirmable = First(peer.Waiting);
        Transmission? probe = First(peer.Probes);
        if (peer.OnTheWay >= _transmission.NStart)
        {
            return null;
        }

        if (probe is not null && _time.GetTimestamp() >= peer.ProbeAt && (confirmable is null || probe.Number < confirmable.Number))
        {
            return peer.Probes.Dequeue();
        }

        return confirmable is null ? null : peer.Waiting.Dequeue();
    }

    /// <summary>The first that is still wanted.</summary>
    private Transmission? First(Queue<Transmission> waiting)
    {
        while (waiting.TryPeek(out Transmission? first))
        {
            if (first.Length > 0)
            {
                return first;
            }

            waiting.Dequeue();
            Release(first);
            _spare.Push(first);
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
            _probed.Clear();
        }

        foreach (Sender sender in senders)
        {
            sender.OnLost(LossReason.Closed);
        }
    }
}
