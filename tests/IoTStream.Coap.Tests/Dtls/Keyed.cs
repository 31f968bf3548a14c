using System.Net;
using System.Text;

namespace IoTStream.Coap.Tests.Dtls;

/// <summary>A server and clients with pre-shared keys.</summary>
internal static class Keyed
{
    public const string Identity = "sensor-1";
    public const string Key = "0123456789abcdef";

    public static CoapServer Server(Func<CoapDtlsServerOptions, CoapDtlsServerOptions>? change = null, int port = 0)
    {
        var dtls = new CoapDtlsServerOptions { Port = port, PreSharedKeys = static identity => identity == Identity ? Encoding.UTF8.GetBytes(Key) : null };
        var server = CoapServer.Start(new CoapServerOptions { Address = IPAddress.Loopback, Port = 0, Dtls = change?.Invoke(dtls) ?? dtls });
        server.Map("who", static (request, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = Encoding.UTF8.GetBytes($"{request.Identity?.Kind} {request.Identity?.Name}") }));
        return server;
    }

    public static CoapClient Client(string key = Key, string identity = Identity, Func<CoapDtlsClientOptions, CoapDtlsClientOptions>? change = null)
    {
        var dtls = new CoapDtlsClientOptions { PreSharedKeys = _ => new CoapPreSharedKey(identity, Encoding.UTF8.GetBytes(key)) };
        return new CoapClient(new CoapClientOptions { Address = IPAddress.Loopback, Dtls = change?.Invoke(dtls) ?? dtls });
    }

    public static Uri Uri(CoapServer server, string path) => new($"coaps://127.0.0.1:{server.DtlsEndPoint!.Port}/{path}");

    public static byte[] Body(int size) => [.. Enumerable.Range(0, size).Select(static i => (byte)(i * i / 3))];
}
