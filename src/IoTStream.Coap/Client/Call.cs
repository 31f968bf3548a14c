using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Client;

/// <summary>A request that waits for one answer.</summary>
internal sealed class Call : OutgoingRequest
{
    private readonly TaskCompletionSource<Reply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Reply> Reply => _reply.Task;

    public override bool OnResponse(in Message message, in PeerAddress from)
    {
        _reply.TrySetResult(Client.Reply.Of(message));
        return false;
    }

    public override void OnLost(LossReason reason) => _reply.TrySetException(Losses.Explain(reason, Peer));
}
