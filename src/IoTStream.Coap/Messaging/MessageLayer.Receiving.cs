using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Messaging;

/// <content>What comes.</content>
internal sealed partial class MessageLayer
{
    /// <summary>How long somebody is asked to wait if there is no room to remember his request: until some of what is remembered may be forgotten.</summary>
    private const uint WaitWhenFull = 5;

    private void Receive(in PeerAddress from, ReadOnlySpan<byte> datagram, bool isMulticast)
    {
        ReadResult result = Message.Read(datagram, out Message message);
        if (result == ReadResult.Message && message.IsRequest && message.Type is MessageType.Confirmable or MessageType.NonConfirmable)
        {
            ReceiveRequest(from, datagram, message, isMulticast);
            return;
        }

        if (result == ReadResult.Message && message.IsResponse && message.Type != MessageType.Reset)
        {
            ReceiveResponse(from, datagram, message);
            return;
        }

        ReceiveOther(from, result, message, isMulticast);
    }

    private void ReceiveRequest(in PeerAddress from, ReadOnlySpan<byte> datagram, in Message message, bool isMulticast)
    {
        Exchange exchange;
        lock (_lock)
        {
            if (!TryBegin(from, datagram, message, isMulticast, out exchange))
            {
                return;
            }
        }

        if (!_handler!(message, exchange) && exchange.IsConfirmable)
        {
            AcknowledgeLater(exchange.Key);
        }
    }

    private bool TryBegin(in PeerAddress from, ReadOnlySpan<byte> datagram, in Message message, bool isMulticast, out Exchange exchange)
    {
        exchange = default;
        Counters.Received++;
        bool isConfirmable = message.Type == MessageType.Confirmable;
        if (_handler is null)
        {
            Reject(from, message, isMulticast);
            return false;
        }

        // A group is not sent what is confirmable (RFC 7252, section 8.1): all its members would acknowledge it.
        if (isConfirmable && isMulticast)
        {
            Counters.Rejected++;
            return false;
        }

        Peer peer = _peers.Touch(from);
        peer.BytesReceived += datagram.Length;
        long now = _time.GetTimestamp();
        ulong fingerprint = Fingerprint.Of(from, datagram);
        int place = _exchanges.Find(peer, message.Id);
        if (place >= 0 && _exchanges[place].Fingerprint == fingerprint)
        {
            Counters.Duplicates++;
            if (_exchanges[place].State != ExchangeState.Repeatable)
            {
                AnswerAgain(peer, place, isConfirmable);
                return false;
            }

            _exchanges[place].State = ExchangeState.Pending;
        }
        else
        {
            // An identifier that comes with something else before its time, as that of a device which was reset may, is a new message.
            if (place >= 0)
            {
                _exchanges.Remove(place);
            }

            place = _exchanges.Add(peer, message.Id, fingerprint, now);
            if (place < 0)
            {
                Refuse(peer, message);
                return false;
            }

            if (!isConfirmable)
            {
                _exchanges[place].State = ExchangeState.Done;
                _exchanges.Finish(place, now);
            }
        }

        exchange = new Exchange(
            this,
            from,
            message.Token,
            _exchanges.KeyOf(place),
            fingerprint,
            isConfirmable,
            isMulticast,
            IsSafe: message.Code is CoapCode.Get or CoapCode.Fetch);
        return true;
    }

    private void AnswerAgain(Peer peer, int place, bool isConfirmable)
    {
        ref ExchangeMemory.Entry entry = ref _exchanges[place];
        if (entry.State == ExchangeState.Acknowledged && isConfirmable)
        {
            SendEmpty(peer.Address, MessageType.Acknowledgement, entry.Id);
        }
        else if (entry.State == ExchangeState.Answered)
        {
            SendAgain(peer, entry.LongReply ?? ((ReadOnlySpan<byte>)entry.Reply)[..entry.ReplyLength]);
        }
    }

    /// <summary>Answers that there is no room to remember the request, and so that it is not done.</summary>
    private void Refuse(Peer peer, in Message message)
    {
        Counters.Refused++;
        if (message.Type == MessageType.Confirmable)
        {
            var writer = new MessageWriter(_scratch, MessageType.Acknowledgement, CoapCode.ServiceUnavailable, message.Id, message.Token);
            writer.Write(OptionNumber.MaxAge, WaitWhenFull);
            Send(peer, _scratch.AsSpan(0, writer.Length));
        }
    }

    private void ReceiveResponse(in PeerAddress from, ReadOnlySpan<byte> datagram, in Message message)
    {
        OutgoingRequest? request;
        Transmission? next = null;
        lock (_lock)
        {
            Counters.Received++;
            Peer? heard = Hear(from);
            request = message.Type == MessageType.Acknowledgement ? FindAcknowledged(from, message, ref next) : FindAsked(from, datagram, message, ref next);
            if (next is not null)
            {
                Begin(next);
            }

            Resume(heard);
        }

        if (request is not null && !request.OnResponse(message, from))
        {
            Forget(request);
        }
    }

    private OutgoingRequest? FindAcknowledged(in PeerAddress from, in Message message, ref Transmission? next)
    {
        if (_transmissions.TryGetValue((from, message.Id), out Transmission? transmission)
            && transmission is { IsConfirmable: true, Sender: OutgoingRequest request }
            && request.Token == message.Token)
        {
            next = End(transmission);
            return request;
        }

        return null;
    }

    private OutgoingRequest? FindAsked(in PeerAddress from, ReadOnlySpan<byte> datagram, in Message message, ref Transmission? next)
    {
        OutgoingRequest? request = RequestOf(from, message.Token);
        if (request is null && !_requests.ContainsKey((from, message.Token)) && _peers.Find(from) is null)
        {
            // Nothing is remembered of strangers.
            Reject(from, message, isMulticast: false);
            return null;
        }

        Peer peer = _peers.Touch(from);
        ulong fingerprint = Fingerprint.Of(from, datagram);
        int place = _exchanges.Find(peer, message.Id);
        if (place >= 0)
        {
            if (_exchanges[place].Fingerprint == fingerprint)
            {
                Counters.Duplicates++;
                AnswerAgain(peer, place, message.Type == MessageType.Confirmable);
                return null;
            }

            _exchanges.Remove(place);
        }

        long now = _time.GetTimestamp();
        place = _exchanges.Add(peer, message.Id, fingerprint, now);
        if (place < 0)
        {
            return null;
        }

        _exchanges[place].State = ExchangeState.Done;
        _exchanges.Finish(place, now);
        if (request is null || message.Type == MessageType.Confirmable)
        {
            Span<byte> answer = stackalloc byte[Message.HeaderSize];
            _ = new MessageWriter(answer, request is null ? MessageType.Reset : MessageType.Acknowledgement, CoapCode.Empty, message.Id, default);
            _exchanges.Answer(place, answer, isRepeatable: false);
            Send(peer, answer);
        }

        if (request is null)
        {
            Counters.Rejected++;
            return null;
        }

        // An answer is worth an acknowledgement that was lost.
        if (request.MessageId >= 0 && _transmissions.TryGetValue((request.Peer, (ushort)request.MessageId), out Transmission? transmission) && ReferenceEquals(transmission.Sender, request))
        {
            next = End(transmission);
        }

        return request;
    }

    private void ReceiveOther(in PeerAddress from, ReadResult result, in Message message, bool isMulticast)
    {
        Sender? acknowledged = null;
        Sender? rejected = null;
        lock (_lock)
        {
            Counters.Received++;
            if (result == ReadResult.Foreign)
            {
                Counters.Foreign++;
                return;
            }

            if (result == ReadResult.Malformed)
            {
                Counters.Malformed++;
                Reject(from, message, isMulticast);
                return;
            }

            if (message.Code != CoapCode.Empty || message.Type is MessageType.Confirmable or MessageType.NonConfirmable)
            {
                // An empty confirmable message asks whether somebody is there; that is answered as what has no meaning is (RFC 7252, section 4.3).
                Reject(from, message, isMulticast);
                return;
            }

            Peer? heard = Hear(from);
            (Sender? sender, Transmission? next) = TakeSender(from, message.Id, message.Type);
            if (message.Type == MessageType.Acknowledgement)
            {
                acknowledged = sender;
            }
            else
            {
                rejected = sender;
            }

            if (next is not null)
            {
                Begin(next);
            }

            Resume(heard);
        }

        acknowledged?.OnAcknowledged();
        if (rejected is not null)
        {
            if (rejected is OutgoingRequest request)
            {
                Forget(request);
            }

            rejected.OnLost(LossReason.Rejected);
        }
    }

    private (Sender? Sender, Transmission? Next) TakeSender(in PeerAddress from, ushort id, MessageType type)
    {
        if (_transmissions.TryGetValue((from, id), out Transmission? transmission) && (transmission.IsConfirmable || type == MessageType.Reset))
        {
            Sender? sender = transmission.Sender;

            // Only who has received a message knows its identifier.
            transmission.Peer!.IsValidated |= type == MessageType.Acknowledgement;
            return (sender, End(transmission));
        }

        return type == MessageType.Reset && _unconfirmed.Remove((from, id), out Sender? notifier) ? (notifier, null) : default;
    }

    /// <summary>Answers what has no meaning here: a reset if it was confirmable, silence otherwise (RFC 7252, section 4.2 and 4.3).</summary>
    private void Reject(in PeerAddress from, in Message message, bool isMulticast)
    {
        Counters.Rejected++;
        if (message.Type == MessageType.Confirmable && !isMulticast)
        {
            SendEmpty(from, MessageType.Reset, message.Id);
        }
    }
}
