using System.Threading.Channels;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Client;

/// <summary>A request to observe, and the notifications that come with its token. When they come faster than they are dealt with, the newest counts (RFC 7641, section 3.1).</summary>
internal sealed class Registration(Action overtaken) : OutgoingRequest, IDisposable
{
    private const int Waiting = 16;

    private readonly Channel<Reply> _replies = Channel.CreateBounded<Reply>(
        new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => overtaken());

    public override bool OnResponse(in Message message, in PeerAddress from) => _replies.Writer.TryWrite(Reply.Of(message));

    public override void OnLost(LossReason reason) => _replies.Writer.TryComplete(Losses.Explain(reason, Peer));

    /// <summary>Waits for the next one.</summary>
    /// <returns>Null if none comes in time.</returns>
    /// <exception cref="CoapException">There will be none.</exception>
    public async Task<Reply?> NextAsync(TimeSpan within, TimeProvider time, CancellationToken cancellationToken)
    {
        if (_replies.Reader.TryRead(out Reply? reply))
        {
            return reply;
        }

        using var limit = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _replies.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (ChannelClosedException e) when (e.InnerException is CoapException reason)
        {
            throw new CoapException(reason.Message, reason);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => _replies.Writer.TryComplete();
}
