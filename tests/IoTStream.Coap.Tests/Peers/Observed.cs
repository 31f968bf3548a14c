using System.Text;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Peers;

/// <summary>A value that libcoap's client observes.</summary>
internal static class Observed
{
    /// <summary>Sets a value, which is <c>&lt;0&gt;</c>, again and again, and waits each time until the client has seen it.</summary>
    public static async Task SeeAsync(PeerProcess client, CoapValue value)
    {
        await Limits.UntilAsync(() => value.Observers == 1, "it observes");
        for (int i = 1; i <= 8; i++)
        {
            await Limits.UntilAsync(() => client.Output.Contains($"<{i - 1}>"), "it has seen the last one");
            value.Set(Encoding.UTF8.GetBytes($"<{i}>"));
        }

        await Limits.UntilAsync(() => client.Output.Contains("<8>"), "it has seen the last one");
        client.Output.Where(static line => line.Length > 0).Should().Equal(Enumerable.Range(0, 9).Select(static i => $"<{i}>"));
    }
}
