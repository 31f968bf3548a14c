namespace IoTStream.Coap.Messaging;

/// <summary>What bounds the memory of a message layer.</summary>
/// <param name="Exchanges">The most messages of peers that are remembered.</param>
/// <param name="Peers">The most peers that are remembered although nothing is under way.</param>
/// <param name="Waiting">The most confirmable messages that wait for others to the same peer.</param>
/// <param name="Requests">The most requests that wait for answers.</param>
/// <param name="Amplification">How many times the bytes of its requests a peer is sent as long as it is not known to be where it says.</param>
internal readonly record struct MessageLimits(int Exchanges, int Peers, int Waiting, int Requests, double Amplification = double.PositiveInfinity)
{
    /// <summary>The most bytes of kept answers that are longer than most.</summary>
    public const long ReplyBytes = 32L << 20;
}
