namespace IoTStream.Coap.Messaging;

/// <summary>Is told what becomes of a message that was sent. Called without any lock held.</summary>
internal abstract class Sender
{
    /// <summary>The identifier of the last message without acknowledgement that it has sent to its peer; -1 if there is none. The message layer's.</summary>
    public int Unconfirmed { get; set; } = -1;

    /// <summary>The peer has the message.</summary>
    public virtual void OnAcknowledged()
    {
    }

    /// <summary>The message is given up.</summary>
    public abstract void OnLost(LossReason reason);
}
