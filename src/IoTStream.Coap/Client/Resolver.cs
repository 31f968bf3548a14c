using System.Net;
using System.Net.Sockets;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Client;

/// <summary>Finds addresses of hosts.</summary>
internal static class Resolver
{
    /// <summary>Finds the address of a host.</summary>
    /// <param name="target">The host: an address, or a name that the system knows.</param>
    /// <param name="family">The family of the client's socket: IPv6 reaches IPv4, too.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="CoapException">The name is not known.</exception>
    public static async ValueTask<IPEndPoint> ResolveAsync(RequestTarget target, AddressFamily family, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(target.Host, out IPAddress? address))
        {
            return new IPEndPoint(address, target.Port);
        }

        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(target.Host, family == AddressFamily.InterNetwork ? family : AddressFamily.Unspecified, cancellationToken).ConfigureAwait(false);
            return found.Length > 0 ? new IPEndPoint(found[0], target.Port) : throw new CoapException($"The host {target.Host} has no address.");
        }
        catch (SocketException e)
        {
            throw new CoapException($"The host {target.Host} is not known: {e.Message}", e);
        }
    }
}
