using System.Globalization;

namespace IoTStream.Mqtt.Client;

/// <summary>The address of another server that a server names (MQTT 5.0, section 4.11).</summary>
internal static class ServerReference
{
    /// <summary>Reads the first of the addresses, which spaces separate: a name or an address, an IPv6 one in brackets if a port follows.</summary>
    /// <returns>The options for connecting there; null if it is no address.</returns>
    public static MqttClientOptions? Apply(MqttClientOptions options, string reference)
    {
        string first = reference.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault("");
        int colon = first.LastIndexOf(':');
        bool isBareAddress = colon >= 0 && first.IndexOf(':', StringComparison.Ordinal) != colon && !first.StartsWith('[');
        string host = colon < 0 || isBareAddress || first.EndsWith(']') ? first : first[..colon];
        int port = options.EffectivePort;
        if (host.Length < first.Length
            && (!int.TryParse(first.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > ushort.MaxValue))
        {
            return null;
        }

        host = host.Trim('[', ']');
        return host.Length == 0 ? null : options with { Host = host, Port = port, UnixSocketPath = null };
    }
}
