using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Streams;

/// <summary>The options of signals (RFC 8323, section 5): their numbers mean something else with each signal.</summary>
internal static class Signals
{
    /// <summary>In 7.01: the largest message that its sender takes, in bytes.</summary>
    public const OptionNumber MaximumMessageSize = (OptionNumber)2;

    /// <summary>In 7.01: its sender can do block-wise transfers.</summary>
    public const OptionNumber BlockWiseTransfer = (OptionNumber)4;

    /// <summary>In 7.05: the number of the option of a 7.01 that was not understood.</summary>
    public const OptionNumber BadCsmOption = (OptionNumber)2;

    /// <summary>What somebody takes who has not said anything else.</summary>
    public const int DefaultMessageSize = 1152;
}
