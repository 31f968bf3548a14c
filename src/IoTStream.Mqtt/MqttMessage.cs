using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using IoTStream.Mqtt.Client;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt;

/// <summary>A received message (MQTT 5.0, section 3.3), as a message handler gets it.</summary>
[StructLayout(LayoutKind.Auto)]
[SuppressMessage("Performance", "CA1815:Override equals and operator equals on value types", Justification = "A view of a message; two are never compared.")]
public readonly struct MqttMessage
{
    private readonly Route _route;
    private readonly PacketProperties? _properties;
    private readonly InboundWindow? _window;
    private readonly long _sequence;

    internal MqttMessage(Route route, in PublishPacket packet, InboundWindow? window, long sequence)
    {
        _route = route;
        _properties = packet.Properties;
        _window = window;
        _sequence = sequence;
        Payload = packet.Payload;
        QualityOfService = packet.QualityOfService;
        IsRetained = packet.Retain;
        IsDuplicate = packet.Duplicate;
        PacketIdentifier = packet.PacketIdentifier;
    }

    /// <summary>The topic name.</summary>
    public string Topic => _route.Topic.Text;

    /// <summary>The payload, in the receive buffer: not valid after the handler's task has completed.</summary>
    public ReadOnlySequence<byte> Payload { get; }

    /// <summary>The quality of service with which the server sent it.</summary>
    public MqttQualityOfService QualityOfService { get; }

    /// <summary>Whether the server had it stored when the subscription was made.</summary>
    public bool IsRetained { get; }

    /// <summary>Whether the server may have sent it before, on an earlier connection.</summary>
    public bool IsDuplicate { get; }

    /// <summary>What the payload is, if the publisher tells (5.0).</summary>
    public string? ContentType => _properties?.ContentType;

    /// <summary>Whether the publisher says that the payload is UTF-8 text (5.0).</summary>
    public bool IsText => _properties?.PayloadFormatIndicator == 1;

    /// <summary>After what time the message is of no use any more, if the publisher tells, less the time that it waited at the server (5.0).</summary>
    public TimeSpan? Expiry => _properties?.MessageExpiryInterval is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Where the publisher wants answers, if it tells (5.0).</summary>
    public string? ResponseTopic => _properties?.ResponseTopic;

    /// <summary>By which the publisher recognises answers, if it tells (5.0).</summary>
    public ReadOnlyMemory<byte>? CorrelationData => _properties?.CorrelationData is { } data ? data : null;

    /// <summary>The <see cref="MqttSubscribeOptions.Identifier"/> of each subscription that the server sends the message for (5.0).</summary>
    public IReadOnlyList<int> SubscriptionIdentifiers => _properties?.SubscriptionIdentifiers ?? (IReadOnlyList<int>)[];

    /// <summary>The publisher's user properties (5.0), in its order.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties => _properties?.UserProperties ?? (IReadOnlyList<MqttUserProperty>)[];

    internal Route Route => _route;

    internal ushort PacketIdentifier { get; }

    internal PacketProperties? Properties => _properties;

    /// <summary>
    /// Puts the acknowledgement off, until <see cref="MqttAcknowledgement.Complete"/> is called. Without it a message is acknowledged when the
    /// handler's task completes. To be called in the handler.
    /// </summary>
    public MqttAcknowledgement DeferAcknowledgement()
    {
        _window?.Hold(_sequence);
        return new MqttAcknowledgement(_window, _sequence);
    }
}
