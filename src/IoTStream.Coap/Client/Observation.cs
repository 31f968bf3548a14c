using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Client;

/// <summary>
/// Observes a resource until it is cancelled (RFC 7641): registers, takes notifications that are newer than the last, and registers again, after a while, when the server does not know of it any more, fails, or has
/// been silent for longer than its last notification was fresh. Handlers are called one at a time.
/// </summary>
internal sealed class Observation
{
    // A server may notify a little later than the last notification has become stale; and many clients should not ask at once (section 3.3.1).
    private const double LeastGraceSeconds = 5;
    private const double GraceSpreadSeconds = 10;
    private const double DefaultMaxAgeSeconds = 60;

    private readonly MessageChannel _messages;
    private readonly CoapClientOptions _options;
    private readonly PeerAddress _peer;
    private readonly CoapRequest _request;
    private readonly RequestTarget _target;
    private readonly RequestWriter _writer;
    private readonly ObservationHandler _handler;
    private readonly Action _overtaken;
    private readonly TimeSpan _retryAtFirst;
    private readonly TimeSpan _retryAtMost;

    /// <param name="messages">Sends and receives.</param>
    /// <param name="options">How.</param>
    /// <param name="peer">The server.</param>
    /// <param name="request">What is observed.</param>
    /// <param name="target">The same as options.</param>
    /// <param name="handler">Takes notifications, the answer to the registration included, and failures.</param>
    /// <param name="overtaken">Called for each notification that is left out because newer ones have come before it was dealt with.</param>
    /// <param name="retryAtFirst">After what time a registration that failed is repeated; twice that the next time, and so on.</param>
    /// <param name="retryAtMost">The longest of these times.</param>
    public Observation(
        MessageChannel messages,
        CoapClientOptions options,
        PeerAddress peer,
        CoapRequest request,
        RequestTarget target,
        ObservationHandler handler,
        Action overtaken,
        TimeSpan retryAtFirst,
        TimeSpan retryAtMost)
    {
        _messages = messages;
        _options = options;
        _peer = peer;
        _request = request;
        _target = target;
        _writer = new RequestWriter(request, target);
        _handler = handler;
        _overtaken = overtaken;
        _retryAtFirst = retryAtFirst;
        _retryAtMost = retryAtMost;
    }

    /// <summary>Observes until it is cancelled, or the connection that it goes over is lost.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Freshness freshness = default;
        Token token = _messages.NewToken();
        byte[]? echo = null;
        TimeSpan retry = _retryAtFirst;
        while (!cancellationToken.IsCancellationRequested && !_messages.IsClosed)
        {
            using var registration = new Registration(_overtaken) { Peer = _peer, Token = token };
            bool isRegistered = false;

            // What answers a new registration is newer than what was there before, whatever its number is.
            freshness.Reset();
            try
            {
                byte[] body = _writer.Write(_request.Payload.Span, _messages.MaximumBody, new RequestParts(Observe: 0, Echo: echo));
                _messages.Send(registration, _request.IsConfirmable ? MessageType.Confirmable : MessageType.NonConfirmable, _request.Method, body);
                TimeSpan wait = _options.ResponseTimeout;
                while (await registration.NextAsync(wait, _options.TimeProvider, cancellationToken).ConfigureAwait(false) is { } reply)
                {
                    if (reply.Response.Code == CoapCode.Unauthorized && reply.Echo is not null && echo is null)
                    {
                        echo = reply.Echo;
                        break;
                    }

                    echo = null;
                    if (!reply.Response.IsSuccess || !reply.IsUnderstood)
                    {
                        var refusal = new CoapException($"{_request.Uri} has answered an observer with {reply.Response.Code}: {reply.Response.Text}");
                        await _handler(reply.Response, refusal, cancellationToken).ConfigureAwait(false);
                        break;
                    }

                    wait = TimeSpan.FromSeconds((reply.Response.MaxAge?.TotalSeconds ?? DefaultMaxAgeSeconds) + LeastGraceSeconds + (GraceSpreadSeconds * Random.Shared.NextDouble()));
                    bool isNew = reply.Response.Observe is not { } number || freshness.Take(number, _options.TimeProvider.GetTimestamp(), _options.TimeProvider.TimestampFrequency);
                    if (isNew)
                    {
                        var rest = new Conversation(_messages, _options, _peer, _request, _target);
                        CoapResponse whole = await rest.CompleteAsync(reply, cancellationToken).ConfigureAwait(false);
                        await _handler(whole, failure: null, cancellationToken).ConfigureAwait(false);
                        retry = _retryAtFirst;
                    }

                    isRegistered = reply.Response.Observe is not null;
                    if (!isRegistered)
                    {
                        // A server that does not let itself be observed is asked again when its answer is stale.
                        await Task.Delay(wait, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                        break;
                    }
                }

                if (isRegistered || echo is not null)
                {
                    continue;
                }
            }
            catch (CoapException e)
            {
                await _handler(response: null, e, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                if (isRegistered)
                {
                    Cancel(token);
                }

                return;
            }
            finally
            {
                _messages.Forget(registration);
            }

            try
            {
                await Task.Delay(retry * (0.5 + Random.Shared.NextDouble()), _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                retry = TimeSpan.FromTicks(Math.Min(retry.Ticks * 2, _retryAtMost.Ticks));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Says that no more notifications are wanted; it is not waited for, as what comes all the same is rejected.</summary>
    private void Cancel(Token token)
    {
        byte[] body = _writer.Write(_request.Payload.Span, _messages.MaximumBody, new RequestParts(Observe: 1));
        var call = new Call { Peer = _peer, Token = token };
        _messages.Send(call, MessageType.NonConfirmable, _request.Method, body, RequestKind.Farewell);
        _messages.Forget(call);
    }
}
