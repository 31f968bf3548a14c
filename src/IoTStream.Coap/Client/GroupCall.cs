using System.Threading.Channels;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Client;

/// <summary>A request to a group, which waits for any number of answers.</summary>
internal sealed class GroupCall : OutgoingRequest, IDisposable
{
    private const int Waiting = 1024;

    private readonly Channel<CoapGroupResponse> _responses = Channel.CreateBounded<CoapGroupResponse>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public override bool OnResponse(in Message message, in PeerAddress from)
    {
        var reply = Reply.Of(message);
        if (reply.IsUnderstood)
        {
            _responses.Writer.TryWrite(new CoapGroupResponse(from.ToEndPoint(), reply.Response));
        }

        return true;
    }

    public override void OnLost(LossReason reason) => _responses.Writer.TryComplete(Losses.Explain(reason, Peer));

    /// <summary>Waits for the next answer.</summary>
    /// <returns>Null when it is cancelled.</returns>
    /// <exception cref="CoapException">There will be none.</exception>
    public async ValueTask<CoapGroupResponse?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _responses.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e) when (e.InnerException is CoapException reason)
        {
            throw new CoapException(reason.Message, reason);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    public void Dispose() => _responses.Writer.TryComplete();
}
