using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Server;
using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>
/// Brings requests into a <see cref="SourceQueue{T}"/>, and answers them when the pipeline says that it has them. What was taken is recognised when it comes again: by its message identifier and content, and, if its
/// client was told to wait for an answer which it may not have got, by its token and content; and by its entity tags and content, if the options say so. Thread-safe.
/// </summary>
internal sealed class RequestFeed<T>
{
    // A position: the version of its form, when it was written, and then those that were taken, those that wait for an answer, and, but in the first form, those with tags: the first ones behind how many bytes they take.
    private const byte Form = 2;
    private const byte FormerForm = 1;
    private const int PositionHead = sizeof(byte) + sizeof(long);
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
    private readonly SeenRequests? _tagged;
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
        _tagged = options.DeduplicateFor > TimeSpan.Zero ? new SeenRequests(options.MaximumRemembered, (long)Math.Ceiling(options.DeduplicateFor.TotalSeconds)) : null;
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
            Span<byte> head = position.GetSpan(PositionHead);
            head[0] = Form;
            BinaryPrimitives.WriteInt64LittleEndian(head[1..], now);
            position.Advance(PositionHead);
            WriteSection(position, _taken, before: long.MaxValue, now);

            // Whoever has been acknowledged for itself, or will be before the commit, does not send the same message again; who gets no answer may send another one with the same token.
            WriteSection(position, _open, before: now - (_acknowledgeAfterSeconds / 2), now);
            _tagged?.Write(position, Queue.Taken, before: long.MaxValue, now);
        }
    }

    private void WriteSection(IBufferWriter<byte> position, SeenRequests seen, long before, long now)
    {
        var section = new ArrayBufferWriter<byte>();
        seen.Write(section, Queue.Taken, before, now);
        BinaryPrimitives.WriteInt32LittleEndian(position.GetSpan(sizeof(int)), section.WrittenCount);
        position.Advance(sizeof(int));
        position.Write(section.WrittenSpan);
    }

    private Taken TryTake(in Message message, in RequestOptions options, ReadOnlySpan<byte> body, Route route, in Answer answer)
    {
        if (_isStopped)
        {
            return new Taken(Outcome.Refused);
        }

        Exchange exchange = answer.Exchange;
        long now = Now();
        ulong tagKey = _tagged is not null && options.HasETag ? TagKey(message, body, exchange) : 0;
        ulong tokenKey = exchange.IsConfirmable && exchange.Token.Length > 0 ? TokenKey(message, exchange) : 0;
        if (TryFind(exchange, tokenKey, tagKey, now, out SeenRequests.Seen seen))
        {
            if (seen.Item <= _acknowledged || !exchange.IsConfirmable)
            {
                return new Taken(Outcome.Answered, seen.Code, IsRepetition: true);
            }

            Owe(answer, seen.Item, seen.Code, tokenKey);
            return new Taken(Outcome.Waits, seen.Code, IsRepetition: true);
        }

        if (exchange.IsConfirmable)
        {
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
        if (tagKey != 0)
        {
            Remember(_tagged!, tagKey, code, now);
        }

        if (!exchange.IsConfirmable)
        {
            return new Taken(Outcome.Answered, code);
        }

        if (exchange.Fingerprint != 0 && _taken is not null)
        {
            Remember(_taken, exchange.Fingerprint, code, now);
        }

        if (tokenKey != 0)
        {
            _open.Add(tokenKey, _items, code, now);
        }

        Owe(answer, _items, code, tokenKey);
        return new Taken(Outcome.Waits, code);
    }

    private void Remember(SeenRequests seen, ulong key, CoapCode code, long now)
    {
        long forgotten = seen.ForgottenEarly;
        seen.Add(key, _items, code, now);
        if (seen.ForgottenEarly != forgotten)
        {
            _meter.CountForgotten(seen.ForgottenEarly - forgotten);
        }
    }

    private bool TryFind(in Exchange exchange, ulong tokenKey, ulong tagKey, long now, out SeenRequests.Seen seen)
    {
        seen = default;
        return (exchange.IsConfirmable && exchange.Fingerprint != 0 && _taken is not null && _taken.TryFind(exchange.Fingerprint, now, out seen))
            || (tokenKey != 0 && _open.TryFind(tokenKey, now, out seen))
            || (tagKey != 0 && _tagged!.TryFind(tagKey, now, out seen));
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
        if (position.Length < PositionHead || position[0] is not (Form or FormerForm))
        {
            throw SeenRequests.NotAPosition();
        }

        bool isFormer = position[0] == FormerForm;
        long when = BinaryPrimitives.ReadInt64LittleEndian(position[1..]);
        ReadOnlySpan<byte> rest = position[PositionHead..];
        _taken!.Read(TakeSection(ref rest), when, isFormer);
        if (isFormer)
        {
            _open.Read(rest, when, isFormer);
            return;
        }

        _open.Read(TakeSection(ref rest), when);
        _tagged?.Read(rest, when);
    }

    private static ReadOnlySpan<byte> TakeSection(ref ReadOnlySpan<byte> rest)
    {
        int length = rest.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (length < 0 || length > rest.Length - sizeof(int))
        {
            throw SeenRequests.NotAPosition();
        }

        ReadOnlySpan<byte> section = rest.Slice(sizeof(int), length);
        rest = rest[(sizeof(int) + length)..];
        return section;
    }

    private long Now() => _context.TimeProvider.GetUtcNow().ToUnixTimeSeconds();

    private static ulong TokenKey(in Message message, in Exchange exchange)
    {
        ulong key = Fingerprint.Of(exchange.Peer, message.Options);
        return Fingerprint.Add(key, exchange.Token.Bits ^ ((ulong)exchange.Token.Length << 56) ^ ((ulong)message.Code << 48));
    }

    /// <summary>What makes a request with entity tags the same as another, whoever sends it: all but what belongs to the way that it takes.</summary>
    private static ulong TagKey(in Message message, ReadOnlySpan<byte> body, in Exchange exchange)
    {
        ulong key = Fingerprint.Add(Fingerprint.Of(body), (ulong)message.Code);
        var options = new OptionReader(message.Options);
        while (options.Read())
        {
            if ((OptionNumber)options.Number is OptionNumber.ETag or OptionNumber.UriPath or OptionNumber.UriQuery or OptionNumber.ContentFormat)
            {
                key = Fingerprint.Add(Fingerprint.Add(key, (ulong)options.Number), options.Value);
            }
        }

        // What one has proved to be says who means it: another one cannot have it taken for a repetition.
        return exchange.Channel.IdentityOf(exchange.Peer) is { } identity ? Fingerprint.Add(Fingerprint.Add(key, (ulong)identity.Kind + 1), Encoding.UTF8.GetBytes(identity.Name)) : key;
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
