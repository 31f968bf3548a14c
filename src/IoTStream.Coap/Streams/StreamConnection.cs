using System.Threading.Channels;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Streams;

/// <summary>
/// The messages of RFC 8323 over a connection: nothing is acknowledged or repeated, since the connection does that. Either end may ask and answer. What has to be sent waits in a bounded queue; a peer that does not take
/// it loses the connection. Thread-safe; handlers and senders are called without a lock held.
/// </summary>
internal sealed class StreamConnection : MessageChannel, IAsyncDisposable
{
    private const int MaximumWaiting = 1024;
    private const int InitialBuffer = 4096;
    private const int MinimumMessage = 64;
    private const int SignalClass = 7;
    private const int End = -1;
    private static readonly TimeSpan TimeToFinish = TimeSpan.FromSeconds(1);

    private readonly Stream _stream;
    private readonly PeerAddress _peer;
    private readonly RequestHandler? _handler;
    private readonly int _maximumMessage;
    private readonly int _maximumRequests;
    private readonly Lock _lock = new();
    private readonly Randomness _randomness = new();
    private readonly Dictionary<Token, OutgoingRequest> _requests = [];
    private readonly HashSet<Sender> _notifiers = [];
    private readonly Channel<byte[]> _outgoing = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaximumWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _peerTakes = Signals.DefaultMessageSize;
    private Task _running = Task.CompletedTask;
    private bool _isClosed;

    /// <param name="stream">The connection, which is the object's from now on.</param>
    /// <param name="peer">The other end.</param>
    /// <param name="maximumMessage">The largest message that this end takes.</param>
    /// <param name="maximumRequests">The most requests that wait for answers.</param>
    /// <param name="handler">Takes requests; null if this end answers none.</param>
    public StreamConnection(Stream stream, PeerAddress peer, int maximumMessage, int maximumRequests, RequestHandler? handler)
    {
        _stream = stream;
        _peer = peer;
        _maximumMessage = maximumMessage;
        _maximumRequests = maximumRequests;
        _handler = handler;
    }

    /// <inheritdoc/>
    public override int MaximumBody => Math.Min(Volatile.Read(ref _peerTakes), _maximumMessage) - StreamFrame.LongestHead;

    /// <inheritdoc/>
    public override bool IsReliable => true;

    /// <summary>Completes when the other end has said what it takes, as it has to before anything else, or is gone.</summary>
    public Task Ready => _ready.Task;

    /// <inheritdoc/>
    public override bool IsClosed
    {
        get
        {
            lock (_lock)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>Completes when the connection has ended, for whatever reason.</summary>
    public Task Ended => _running;

    /// <summary>Begins to send and receive.</summary>
    public void Start() => _running = RunAsync();

    /// <inheritdoc/>
    public override void Respond(in Exchange exchange, CoapCode code, ReadOnlySpan<byte> body, Sender? sender)
    {
        if (Write(code, exchange.Token, body))
        {
            sender?.OnAcknowledged();
        }
    }

    /// <inheritdoc/>
    public override void Suppress(in Exchange exchange)
    {
        // Nothing is owed over a connection.
    }

    /// <inheritdoc/>
    public override void Notify(in PeerAddress peer, Token token, bool confirmable, CoapCode code, ReadOnlySpan<byte> body, Sender sender)
    {
        lock (_lock)
        {
            _notifiers.Add(sender);
        }

        if (Write(code, token, body))
        {
            sender.OnAcknowledged();
        }
        else
        {
            sender.OnLost(LossReason.Closed);
        }
    }

    /// <inheritdoc/>
    public override void Forget(Sender sender, in PeerAddress peer)
    {
        lock (_lock)
        {
            _notifiers.Remove(sender);
        }
    }

    /// <inheritdoc/>
    public override long RoomFor(in PeerAddress peer) => long.MaxValue;

    /// <inheritdoc/>
    public override void Validate(in PeerAddress peer)
    {
        // Whoever has a connection is where it leads to.
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
        bool hasRoom;
        lock (_lock)
        {
            hasRoom = _requests.Count < _maximumRequests;
            if (hasRoom)
            {
                _requests[request.Token] = request;
            }
        }

        if (!hasRoom)
        {
            request.OnLost(LossReason.TooMany);
        }
        else if (!Write(code, request.Token, body))
        {
            Forget(request);
            request.OnLost(LossReason.Closed);
        }
    }

    /// <inheritdoc/>
    public override void Forget(OutgoingRequest request)
    {
        lock (_lock)
        {
            if (_requests.TryGetValue(request.Token, out OutgoingRequest? found) && ReferenceEquals(found, request))
            {
                _requests.Remove(request.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Write(CoapCode.Release, default, default);
        Close();
        await _running.ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        SendSettings();
        Task writing = WriteAsync();
        try
        {
            await ReadAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The other end is gone, or this one is closing.
        }

        Close();
        await writing.ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[InitialBuffer];
        int length = 0;
        bool hasSettings = false;
        while (true)
        {
            int read = await _stream.ReadAsync(buffer.AsMemory(length), _closing.Token).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            length += read;
            int taken = 0;
            while (true)
            {
                int size = TakeMessage(buffer.AsSpan(taken, length - taken), ref hasSettings);
                if (size == End)
                {
                    return;
                }

                if (size == 0)
                {
                    break;
                }

                taken += size;
            }

            buffer.AsSpan(taken, length - taken).CopyTo(buffer);
            length -= taken;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, _maximumMessage + StreamFrame.LongestHead));
            }
        }
    }

    /// <returns>How many bytes the message has; 0 if more of it has to come; <see cref="End"/> if the connection is to end.</returns>
    private int TakeMessage(ReadOnlySpan<byte> buffer, ref bool hasSettings)
    {
        if (!StreamFrame.TryReadHead(buffer, out int head, out int tokenLength, out long body, out CoapCode code) || (head > 0 && head + body > _maximumMessage))
        {
            return Abort();
        }

        if (head == 0 || buffer.Length < head + body)
        {
            return 0;
        }

        var header = new Message { Type = MessageType.Confirmable, Code = code };
        if (!Message.TryReadBody(buffer.Slice(head - tokenLength, tokenLength), buffer.Slice(head, (int)body), header, out Message message))
        {
            return Abort();
        }

        // The first message says what its sender takes (RFC 8323, section 5.3).
        if (!hasSettings && code != CoapCode.CapabilitiesAndSettings)
        {
            return Abort();
        }

        hasSettings = true;
        return Handle(message) ? head + (int)body : End;
    }

    private bool Handle(in Message message)
    {
        if (message.Class == SignalClass)
        {
            return HandleSignal(message);
        }

        if (message.IsRequest)
        {
            if (_handler is not null)
            {
                _handler(message, new Exchange(this, _peer, message.Token, 0, 0, IsConfirmable: true, IsMulticast: false, IsSafe: message.Code is CoapCode.Get or CoapCode.Fetch));
            }
            else
            {
                Write(CoapCode.NotImplemented, message.Token, default);
            }

            return true;
        }

        // An empty message keeps the connection alive (section 3.4).
        OutgoingRequest? request;
        lock (_lock)
        {
            request = message.IsResponse ? _requests.GetValueOrDefault(message.Token) : null;
        }

        if (request is not null && !request.OnResponse(message, _peer))
        {
            Forget(request);
        }

        return true;
    }

    private bool HandleSignal(in Message message)
    {
        var options = new OptionReader(message.Options);
        while (options.Read())
        {
            if (message.Code == CoapCode.CapabilitiesAndSettings && options.Number == (int)Signals.MaximumMessageSize && options.Value.Length <= sizeof(uint))
            {
                Volatile.Write(ref _peerTakes, (int)Math.Clamp(UnsignedInteger.Read(options.Value), MinimumMessage, int.MaxValue));
            }
            else if (OptionRegistry.IsCritical(options.Number))
            {
                Span<byte> body = stackalloc byte[16];
                var writer = new MessageWriter(body);
                writer.Write(Signals.BadCsmOption, (uint)options.Number);
                Write(CoapCode.Abort, default, body[..writer.Length]);
                return false;
            }
        }

        switch (message.Code)
        {
            case CoapCode.CapabilitiesAndSettings:
                _ready.TrySetResult();
                return true;
            case CoapCode.Ping:
                return Write(CoapCode.Pong, message.Token, default);
            case CoapCode.Release or CoapCode.Abort:
                return false;
            default:
                return true;
        }
    }

    private int Abort()
    {
        Write(CoapCode.Abort, default, default);
        return End;
    }

    private void SendSettings()
    {
        Span<byte> body = stackalloc byte[16];
        var writer = new MessageWriter(body);
        writer.Write(Signals.MaximumMessageSize, (uint)_maximumMessage);
        writer.Write(Signals.BlockWiseTransfer, default(ReadOnlySpan<byte>));
        Write(CoapCode.CapabilitiesAndSettings, default, body[..writer.Length]);
    }

    /// <returns>False if the connection is closed, or is now, since its peer does not take what is sent.</returns>
    private bool Write(CoapCode code, Token token, ReadOnlySpan<byte> body)
    {
        Span<byte> head = stackalloc byte[StreamFrame.LongestHead];
        head = head[..StreamFrame.WriteHead(head, code, token, body.Length)];
        byte[] frame = new byte[head.Length + body.Length];
        head.CopyTo(frame);
        body.CopyTo(frame.AsSpan(head.Length));
        if (_outgoing.Writer.TryWrite(frame))
        {
            return true;
        }

        Close();
        return false;
    }

    private async Task WriteAsync()
    {
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync(_closing.Token).ConfigureAwait(false))
            {
                while (_outgoing.Reader.TryRead(out byte[]? frame))
                {
                    await _stream.WriteAsync(frame, _closing.Token).ConfigureAwait(false);
                }

                await _stream.FlushAsync(_closing.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The other end is gone, or does not take what is sent.
        }

        await _closing.CancelAsync().ConfigureAwait(false);
    }

    private void Close()
    {
        List<Sender> senders;
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            senders = [.. _requests.Values, .. _notifiers];
            _requests.Clear();
            _notifiers.Clear();
        }

        // What waits is still sent, if the other end takes it soon.
        _outgoing.Writer.TryComplete();
        _closing.CancelAfter(TimeToFinish);
        _ready.TrySetResult();
        foreach (Sender sender in senders)
        {
            sender.OnLost(LossReason.Closed);
        }
    }
}
