using System.Runtime.InteropServices;
using IoTStream.Mqtt.Client;

namespace IoTStream.Mqtt;

/// <summary>The acknowledgement of one received message, put off by <see cref="MqttMessage.DeferAcknowledgement"/>.</summary>
/// <remarks>Thread-safe; a small value that costs no allocation.</remarks>
[StructLayout(LayoutKind.Auto)]
public readonly struct MqttAcknowledgement : IEquatable<MqttAcknowledgement>
{
    private readonly InboundWindow? _window;
    private readonly long _sequence;

    internal MqttAcknowledgement(InboundWindow? window, long sequence)
    {
        _window = window;
        _sequence = sequence;
    }

    /// <summary>Whether the server waits for it: not so for QoS 0.</summary>
    public bool IsExpected => _window is not null;

    /// <summary>Compares whether two are the same.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(MqttAcknowledgement left, MqttAcknowledgement right) => left.Equals(right);

    /// <summary>Compares whether two are different.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(MqttAcknowledgement left, MqttAcknowledgement right) => !left.Equals(right);

    /// <summary>
    /// The message has been taken over: the server may forget it. PUBACK, or PUBREC for QoS 2, is sent once all earlier messages are acknowledged too, for the
    /// server wants them in order. If the connection is gone the server sends the message again: with QoS 1 it is handled again, with QoS 2 it is
    /// recognised and acknowledged. Call it once.
    /// </summary>
    public void Complete() => _window?.Release(_sequence);

    /// <inheritdoc/>
    public bool Equals(MqttAcknowledgement other) => ReferenceEquals(_window, other._window) && _sequence == other._sequence;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MqttAcknowledgement other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_window, _sequence);
}
