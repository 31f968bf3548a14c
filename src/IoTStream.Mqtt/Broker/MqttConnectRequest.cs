using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace IoTStream.Mqtt.Broker;

/// <summary>Who wants to connect: what <see cref="MqttBrokerOptions.Authenticate"/> decides on.</summary>
public sealed record MqttConnectRequest
{
    /// <summary>The client identifier; one that the broker has made up if the client left that to it.</summary>
    public required string ClientIdentifier { get; init; }

    /// <summary>The user name; null if there is none.</summary>
    public string? UserName { get; init; }

    /// <summary>The password as the bytes that were sent; null if there is none.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>The client's certificate, already checked; null if there is none. It is disposed with the connection.</summary>
    public X509Certificate? ClientCertificate { get; init; }

    /// <summary>Where the connection comes from.</summary>
    public EndPoint? RemoteEndPoint { get; init; }

    /// <summary>
    /// Where the client is to go instead: set it when refusing with <see cref="MqttReasonCode.UseAnotherServer"/> or <see cref="MqttReasonCode.ServerMoved"/> (MQTT 5.0, section 4.11). A list
    /// of "HOST" or "HOST:PORT", separated by spaces. Null, the default, leaves it to the client to know.
    /// </summary>
    public string? ServerReference { get; set; }

    /// <summary>The version of MQTT that the client speaks.</summary>
    public required MqttProtocolVersion ProtocolVersion { get; init; }
}
