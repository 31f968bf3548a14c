using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Server;
using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>
/// Brings requests into a <see cref="SourceQueue{T}"/>, and answers them when the pipeline says that it has them. What was taken is recognised when it comes again: by its message identifier and content, and, if its
/// client was told to wait for an answer which it may not have got, by its token and content. Thread-safe.
/// </summary>
internal sealed class RequestFeed<T>
{
    private const byte Form = 1;
    private const int PositionHead = sizeof(byte) + sizeof(long) + sizeof(int);
    private const int AnswersAtOnce = 64;
    private const int MaximumOpen = 16_384;

    private readonly Lock _lock = new();
    private readonly RequestDecoder<T> _decoder;
    private readonly SourceContext _context;
    private readonly CoapSourceOptions _options;
    private readonly Queue<Owed> _owed = new();
    private readonly Owed[] _finished = new Owed[AnswersAtOnce];
    private readonly SeenRequests? _taken;
    private readonly SeenRequests _open;
    private readonly long _acknowledgeAfter;
    private readonly long _acknowledgeAfterSeconds;
    private readonly SourceMeter _meter;
    private long _items;
    private long _acknowledged;
    private bool _isStopped;

    public RequestFeed(RequestDecoder<T> decoder, SourceContext context, CoapSourceOptions options, CoapTransmission transmission, SourcePartition partition, Func<ValueTask> disposing)
    {
        _decoder = decoder;
        _context = context;
        _options = options;
        _meter = new SourceMeter(context.Step);
        _acknowledgeAfter = (long)(transmission.AcknowledgeAfter.TotalSeconds * context.TimeProvider.TimestampFrequency);
        _acknowledgeAfterSeconds = (long)Math.Max(1, transmission.AcknowledgeAfter.TotalSeconds);
        long lifetime = (long)Math.Ceiling(transmission.ExchangeLifetime.TotalSeconds);
        _open = new SeenRequests(MaximumOpen, lifetime);
        if (context.AcknowledgesEpochs)
        {
            _taken = new SeenRequests(options.MaximumRemembered, lifetime);
            if (context.TryGetPosition(partition.Name, out ReadOnlyMemory<byte> position))
            {
                ReadPosition(position.Span);
            }
        }

        Action available = context.NotifyAvailable;
        Queue = new SourceQueue<T>(context, options.Capacity, partition) { Acknowledged = Acknowledge, Available = () => SendBatch.AtEnd(available), Disposing = disposing };
        Queue.Stopping.UnsafeRegister(static feed => ((RequestFeed<T>)feed!).Stop(), this);
    }

    public SourceQueue<T> Queue { get; }

    /// <summary>Whether so much waits for an epoch that no more will be taken soon.</summary>
    public bool OwesMuch
    {
        get
        {
            lock (_lock)
            {
                return _owed.Count * 2L >= _options.MaximumUnacknowledged;
            }
        }
    }

    /// <summary>Takes a request.</summary>
    /// <returns>Whether it has been answered already.</returns>
    public bool Take(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Answer answer)
    {
        if (message.Code is not (CoapCode.Post or CoapCode.Put))
        {
            answer.Send(CoapCode.MethodNotAllowed);
            return true;
        }

        if (!_decoder.Takes(options.ContentFormat) || (_options.ContentFormats.Count > 0 && options.ContentFormat >= 0 && !_options.ContentFormats.Contains((CoapContentFormat)options.ContentFormat)))
        {
            answer.Send(CoapCode.UnsupportedContentFormat);
            return true;
        }

        Taken taken;
        lock (_lock)
        {
            taken = TryTake(message, options, body, route, answer);
        }

        _meter.CountRequest(answer.Exchange.IsConfirmable, taken.IsRepetition ? "repeated" : taken.Outcome == Outcome.Refused ? "refused" : taken.Code == CoapCode.BadRequest ? "undecodable" : "taken");

        switch (taken.Outcome)
        {
            case Outcome.Waits:
                return false;
            case Outcome.Refused:
                answer.SendUnavailable();
                return true;
            default:
                answer.Send(taken.Code);
                return true;
        }
    }

    /// <summary>Writes down what was taken up to what the queue has handed out.</summary>
    public void WritePosition(IBufferWriter<byte> position)
    {
        lock (_lock)
        {
            if (_taken is null)
            {
                return;
            }

            long now = Now();
            var taken = new ArrayBufferWriter<byte>();
            _taken.Write(taken, Queue.Taken, before: long.MaxValue, now);
            Span<byte> head = position.GetSpan(PositionHead);
            head[0] = Form;
            BinaryPrimitives.WriteInt64LittleEndian(head[1..], now);
            BinaryPrimitives.WriteInt32LittleEndian(head[(1 + sizeof(long))..], taken.WrittenCount);
            position.Advance(PositionHead);
            position.Write(taken.WrittenSpan);

            // Whoever has been acknowledged for itself, or will be before the commit, does not send the same message again; who gets no answer may send another one with the same token.
            _open.Write(position, Queue.Taken, before: now - (_acknowledgeAfterSeconds / 2), now);
        }
    }

    private Taken TryTake(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Answer answer)
    {
        if (_isStopped)
        {
            return new Taken(Outcome.Refused);
        }

        Exchange exchange = answer.Exchange;
        long now = Now();
        ulong tokenKey = 0;
        if (exchange.IsConfirmable)
        {
            tokenKey = exchange.Token.Length > 0 ? TokenKey(message, exchange) : 0;
            if (TryFind(exchange, tokenKey, now, out SeenRequests.Seen seen))
            {
                if (seen.Item <= _acknowledged)
                {
                    return new Taken(Outcome.Answered, seen.Code, IsRepetition: true);
                }

                Owe(answer, seen.Item, seen.Code, tokenKey);
                return new Taken(Outcome.Waits, seen.Code, IsRepetition: true);
            }

            if (_owed.Count >= _options.MaximumUnacknowledged)
            {
                _context.RequestEpoch();
                return new Taken(Outcome.Refused);
            }
        }

        CoapCode code = CoapCode.Changed;
        if (!TryWrite(message, options, body, route, exchange, ref code))
        {
            return new Taken(Outcome.Refused);
        }

        _items++;
        if (!exchange.IsConfirmable)
        {
            return new Taken(Outcome.Answered, code);
        }

        if (exchange.Fingerprint != 0 && _taken is not null)
        {
            long forgotten = _taken.ForgottenEarly;
            _taken.Add(exchange.Fingerprint, _items, code, now);
            if (_taken.ForgottenEarly != forgotten)
            {
                _meter.CountForgotten(_taken.ForgottenEarly - forgotten);
            }
        }

        if (tokenKey != 0)
        {
            _open.Add(tokenKey, _items, code, now);
        }

        Owe(answer, _items, code, tokenKey);
        return new Taken(Outcome.Waits, code);
    }

    private bool TryFind(in Exchange exchange, ulong tokenKey, long now, out SeenRequests.Seen seen)
    {
        seen = default;
        return (exchange.Fingerprint != 0 && _taken is not null && _taken.TryFind(exchange.Fingerprint, now, out seen)) || (tokenKey != 0 && _open.TryFind(tokenKey, now, out seen));
    }

    private bool TryWrite(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Exchange exchange, ref CoapCode code)
    {
        T value;
        try
        {
            value = _decoder.Decode(message, options, body, route, exchange);
        }
        catch (Exception reason)
        {
            // It is kept as a dead letter; the device is told that there is something wrong, and not asked to send it again.
            code = CoapCode.BadRequest;
            return Queue.TryWriteDeadLetter(body.ToArray(), reason, route.Headers);
        }

        return Queue.TryWrite(value, route.Headers);
    }

    private void Owe(in Answer answer, long item, CoapCode code, ulong tokenKey) =>
        _owed.Enqueue(new Owed(item, answer, code, tokenKey, _context.TimeProvider.GetTimestamp()));

    private void Acknowledge(long count)
    {
        using SendBatch.Hold hold = SendBatch.Begin();
        int finished;
        do
        {
            finished = 0;
            lock (_lock)
            {
                _acknowledged = count;
                while (finished < AnswersAtOnce && _owed.TryPeek(out Owed first) && first.Item <= count)
                {
                    _finished[finished++] = _owed.Dequeue();
                }
            }

            long now = _context.TimeProvider.GetTimestamp();
            for (int i = 0; i < finished; i++)
            {
                Answer(_finished[i], now);
            }

            Array.Clear(_finished, 0, finished);
        }
        while (finished == AnswersAtOnce);
    }

    private void Answer(in Owed owed, long now)
    {
        SeparateAnswer? separate = null;
        if (owed.TokenKey != 0)
        {
            if (now - owed.At >= _acknowledgeAfter)
            {
                separate = new SeparateAnswer(this, owed.TokenKey);
            }
            else
            {
                Close(owed.TokenKey);
            }
        }

        owed.Answer.Send(owed.Code, separate);
    }

    private void Close(ulong tokenKey)
    {
        lock (_lock)
        {
            _open.Remove(tokenKey);
        }
    }

    private void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
        }

        Queue.Complete();
    }

    private void ReadPosition(ReadOnlySpan<byte> position)
    {
        if (position.Length < PositionHead || position[0] != Form || position.Length - PositionHead < BinaryPrimitives.ReadInt32LittleEndian(position[(1 + sizeof(long))..]))
        {
            throw new InvalidDataException("The position in the epoch log is not one of a CoAP source. Give the step of this source a name of its own.");
        }

        long when = BinaryPrimitives.ReadInt64LittleEndian(position[1..]);
        int length = BinaryPrimitives.ReadInt32LittleEndian(position[(1 + sizeof(long))..]);
        _taken!.Read(position.Slice(PositionHead, length), when);
        _open.Read(position[(PositionHead + length)..], when);
    }

    private long Now() => _context.TimeProvider.GetUtcNow().ToUnixTimeSeconds();

    private static ulong TokenKey(in Message message, in Exchange exchange)
    {
        ulong key = Fingerprint.Of(exchange.Peer, message.Options);
        return Fingerprint.Add(key, exchange.Token.Bits ^ ((ulong)exchange.Token.Length << 56) ^ ((ulong)message.Code << 48));
    }

    private enum Outcome
    {
        Waits,
        Answered,
        Refused,
    }

    private readonly record struct Taken(Outcome Outcome, CoapCode Code = CoapCode.Empty, bool IsRepetition = false);

    private readonly record struct Owed(long Item, Answer Answer, CoapCode Code, ulong TokenKey, long At);

    /// <summary>An answer that goes for itself: once the client has it, its token is free.</summary>
    private sealed class SeparateAnswer(RequestFeed<T> feed, ulong tokenKey) : Sender
    {
        public override void OnAcknowledged() => feed.Close(tokenKey);

        public override void OnLost(LossReason reason)
        {
            if (reason == LossReason.Rejected)
            {
                feed.Close(tokenKey);
            }
        }
    }
}
