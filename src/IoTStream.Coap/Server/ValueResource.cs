using System.Buffers.Binary;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Server;

/// <summary>A value that can be read and observed.</summary>
internal sealed class ValueResource(CoapResourceOptions description, ObserverLimit limit, TimeProvider time) : Resource(description)
{
    private const int NumberMask = (1 << 24) - 1;
    private const int Room = 2048;

    private readonly Lock _lock = new();
    private readonly Dictionary<(PeerAddress Peer, Token Token), Observer> _observers = [];
    private CoapResponse? _value;
    private int _number;

    public override bool IsObservable => true;

    public int Observers
    {
        get
        {
            lock (_lock)
            {
                return _observers.Count;
            }
        }
    }

    public void Set(ReadOnlyMemory<byte> payload, CoapContentFormat? contentFormat, TimeSpan? maxAge)
    {
        byte[] etag = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(etag, Fingerprint.Add(Fingerprint.Of(payload.Span), (ulong)(contentFormat ?? (CoapContentFormat)(-1))));
        List<Observer> told;
        lock (_lock)
        {
            _value = new CoapResponse { Code = CoapCode.Content, Payload = payload, ContentFormat = contentFormat, MaxAge = maxAge, ETag = etag };
            _number = (_number + 1) & NumberMask;
            told = [.. _observers.Values.Where(static observer => observer.TryBegin())];
        }

        told.ForEach(Tell);
    }

    /// <summary>There is no value any more: observers are told, and forgotten (RFC 7641, section 4.2).</summary>
    public void Remove()
    {
        List<Observer> told;
        lock (_lock)
        {
            _value = null;
            told = [.. _observers.Values];
            told.ForEach(observer => Forget(observer.Peer, observer.Token));
        }

        told.ForEach(static observer => observer.End(CoapCode.NotFound));
    }

    public override bool Handle(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Answer answer)
    {
        if (message.Code != CoapCode.Get)
        {
            answer.Send(CoapCode.MethodNotAllowed);
            return true;
        }

        Exchange exchange = answer.Exchange;
        CoapResponse? value;
        Observer? observer = null;
        int number;
        lock (_lock)
        {
            value = _value;
            number = _number;
            if (options.Observe == 1)
            {
                Forget(exchange.Peer, exchange.Token);
            }
            else if (options.Observe == 0 && value is not null && !exchange.IsMulticast)
            {
                observer = FindOrAdd(exchange, value.ContentFormat);
            }
        }

        if (value is null)
        {
            answer.Send(CoapCode.NotFound);
        }
        else if (options.Accept >= 0 && value.ContentFormat is { } format && (int)format != options.Accept)
        {
            Drop(observer);
            answer.Send(CoapCode.NotAcceptable);
        }
        else if (observer is null && options.HasETag && IsKnown(message, value))
        {
            answer.Send(new CoapResponse { Code = CoapCode.Valid, ETag = value.ETag, MaxAge = value.MaxAge });
        }
        else if (!answer.Send(value, observer is null ? -1 : number))
        {
            Drop(observer);
        }
        else
        {
            observer?.Open();
        }

        return true;
    }

    private static bool IsKnown(in Message message, CoapResponse value)
    {
        var options = new OptionReader(message.Options);
        while (options.Read())
        {
            if (options.Number == (int)OptionNumber.ETag && options.Value.SequenceEqual(value.ETag.Span))
            {
                return true;
            }
        }

        return false;
    }

    private Observer? FindOrAdd(in Exchange exchange, CoapContentFormat? format)
    {
        if (_observers.TryGetValue((exchange.Peer, exchange.Token), out Observer? observer))
        {
            observer.Format = format;
            return observer;
        }

        if (!limit.TryEnter(exchange.Peer))
        {
            return null;
        }

        observer = new Observer(this, exchange.Channel, exchange.Peer, exchange.Token) { Format = format };
        _observers.Add((exchange.Peer, exchange.Token), observer);
        return observer;
    }

    private void Drop(Observer? observer)
    {
        if (observer is not null)
        {
            lock (_lock)
            {
                if (_observers.TryGetValue((observer.Peer, observer.Token), out Observer? found) && ReferenceEquals(found, observer))
                {
                    Forget(observer.Peer, observer.Token);
                }
            }
        }
    }

    private void Forget(in PeerAddress peer, Token token)
    {
        if (_observers.Remove((peer, token), out Observer? observer))
        {
            limit.Leave(peer);
            observer.Channel.Forget(observer, peer);
        }
    }

    private void Tell(Observer observer)
    {
        CoapResponse? value;
        int number;
        bool hasEnded;
        lock (_lock)
        {
            (value, number) = (_value, _number);

            // All that an observer is sent has the format of the first answer (RFC 7641, section 4.2).
            hasEnded = value is not null && value.ContentFormat != observer.Format;
            if (hasEnded)
            {
                Drop(observer);
            }
        }

        if (hasEnded)
        {
            observer.End(CoapCode.NotAcceptable);
        }

        if (hasEnded || value is null)
        {
            return;
        }

        long room = observer.Channel.RoomFor(observer.Peer);
        Span<byte> buffer = stackalloc byte[Room];
        int exponent = Block.LargestExponent;
        int length = Write(buffer, value, number, exponent);
        while (exponent > 0 && Message.HeaderSize + observer.Token.Length + length > room)
        {
            length = Write(buffer, value, number, --exponent);
        }

        observer.Tell(value.Code, buffer[..length], isDoubted: room != long.MaxValue, time);
    }

    private static int Write(Span<byte> buffer, CoapResponse value, int number, int exponent)
    {
        ReadOnlySpan<byte> payload = value.Payload.Span;
        int size = 1 << (exponent + 4);
        return payload.Length <= size
            ? ResponseWriter.Write(buffer, value, payload, number)
            : ResponseWriter.Write(buffer, value, payload[..size], number, block2: new Block(0, true, exponent), size2: payload.Length);
    }

    /// <summary>A client that observes. One confirmable notification at a time is on its way to it, and every few are confirmable, so that one that is not there any more is forgotten (RFC 7641, section 4.5).</summary>
    private sealed class Observer(ValueResource resource, MessageChannel channel, PeerAddress peer, Token token) : Sender
    {
        private const int UnconfirmedAtMost = 4;
        private static readonly TimeSpan ConfirmedAtLeast = TimeSpan.FromHours(12);

        private bool _isOpen;
        private bool _isWaiting;
        private bool _isStale;
        private int _unconfirmed = UnconfirmedAtMost;
        private long _confirmedAt;

        public MessageChannel Channel => channel;

        public PeerAddress Peer => peer;

        public Token Token => token;

        /// <summary>What the answer to its registration was. Under the resource's lock.</summary>
        public CoapContentFormat? Format { get; set; }

        /// <summary>The answer to its registration has gone.</summary>
        public void Open()
        {
            bool isStale;
            lock (resource._lock)
            {
                _isOpen = true;
                isStale = _isStale && !_isWaiting;
                _isStale &= _isWaiting;
            }

            if (isStale)
            {
                resource.Tell(this);
            }
        }

        /// <summary>Whether it can be told now; otherwise it is when it can. Under the resource's lock.</summary>
        public bool TryBegin()
        {
            _isStale = !_isOpen || _isWaiting;
            return !_isStale;
        }

        /// <param name="code">The code.</param>
        /// <param name="body">What it is told.</param>
        /// <param name="isDoubted">Whether somebody else may have registered it; its acknowledgement shows that it is there.</param>
        /// <param name="time">The clock.</param>
        public void Tell(CoapCode code, ReadOnlySpan<byte> body, bool isDoubted, TimeProvider time)
        {
            bool isConfirmable;
            lock (resource._lock)
            {
                long now = time.GetTimestamp();
                isConfirmable = isDoubted || _unconfirmed >= UnconfirmedAtMost || time.GetElapsedTime(_confirmedAt, now) >= ConfirmedAtLeast;
                _unconfirmed = isConfirmable ? 0 : _unconfirmed + 1;
                if (isConfirmable)
                {
                    _isWaiting = true;
                    _confirmedAt = now;
                }
            }

            channel.Notify(peer, token, isConfirmable, code, body, this);
        }

        /// <summary>Tells it for the last time.</summary>
        public void End(CoapCode code) => channel.Notify(peer, token, confirmable: true, code, default, this);

        public override void OnAcknowledged()
        {
            bool isStale;
            lock (resource._lock)
            {
                _isWaiting = false;
                isStale = _isStale;
                _isStale = false;
            }

            if (isStale)
            {
                resource.Tell(this);
            }
        }

        public override void OnLost(LossReason reason) => resource.Drop(this);
    }
}
