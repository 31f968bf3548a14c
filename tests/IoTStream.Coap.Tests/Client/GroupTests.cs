using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Coap.Tests.Client;

/// <summary>Requests of the client to groups, over the loopback's multicast.</summary>
[TestFixture]
internal sealed class GroupTests
{
    private const int Members = 3;
    private static readonly IPAddress Group = IPAddress.Parse("224.0.1.187");

    [Test]
    public async Task Libcoap_s_server_answers_as_a_member_of_a_group()
    {
        (PeerProcess server, int port) = Peers.Libcoap.StartMember(Group);
        await using (server)
        {
            await using var client = new CoapClient(new CoapClientOptions { Address = IPAddress.Loopback });

            // It spreads its answers over five seconds, and may join the group a moment after it has begun.
            for (int attempt = 0; attempt < 3; attempt++)
            {
                using var limit = new CancellationTokenSource(Limits.Wait);
                await foreach (CoapGroupResponse answer in client.AskGroupAsync(new CoapRequest { Uri = new Uri($"coap://{Group}:{port}/.well-known/core") }, TimeSpan.FromSeconds(6), limit.Token))
                {
                    answer.Member.Should().Be(new IPEndPoint(IPAddress.Loopback, port));
                    answer.Response.Text.Should().Contain("</time>");
                    return;
                }
            }

            if (!NetworkInterface.GetAllNetworkInterfaces().Any(static one => one.Name == "lo" && one.SupportsMulticast))
            {
                Assert.Ignore("This machine has no multicast on its loopback.");
            }

            Assert.Fail($"It does not answer: {server.Errors}");
        }
    }

    [Test]
    public async Task All_members_of_a_group_answer()
    {
        // One port for the group, and each member has an address of its own.
        int port = FreePorts.Next();
        List<CoapServer> members = [];
        try
        {
            try
            {
                for (int i = 1; i <= Members; i++)
                {
                    byte[] name = Encoding.UTF8.GetBytes($"member {i}");
                    members.Add(CoapServer.Start(new CoapServerOptions
                    {
                        Address = IPAddress.Parse($"127.0.0.{i}"),
                        Port = port,
                        Groups = [Group],
                        Transmission = new CoapTransmission { Leisure = TimeSpan.FromMilliseconds(50) },
                    }));
                    members[^1].Map("name", (request, _) => new(new CoapResponse { Code = request.IsMulticast ? CoapCode.Content : CoapCode.Forbidden, Payload = name }));
                }
            }
            catch (SocketException e)
            {
                Assert.Ignore($"This machine has no multicast on its loopback, or one address there: {e.Message}");
            }

            await using var client = new CoapClient(new CoapClientOptions { Address = IPAddress.Loopback });
            using var limit = new CancellationTokenSource(Limits.Wait);
            var seen = new Dictionary<IPEndPoint, string>();
            await foreach (CoapGroupResponse answer in client.AskGroupAsync(new CoapRequest { Uri = new Uri($"coap://{Group}:{port}/name") }, TimeSpan.FromMinutes(1), limit.Token))
            {
                answer.Response.Code.Should().Be(CoapCode.Content);
                seen.Add(answer.Member, answer.Response.Text);
                if (seen.Count == Members)
                {
                    break;
                }
            }

            seen.Should().BeEquivalentTo(members.ToDictionary(static member => member.EndPoint, static member => $"member {member.EndPoint.Address.GetAddressBytes()[3]}"));
        }
        finally
        {
            foreach (CoapServer member in members)
            {
                await member.DisposeAsync();
            }
        }
    }

    [Test]
    public async Task A_group_that_nobody_is_in_ends_with_its_time()
    {
        await using var client = new CoapClient(new CoapClientOptions { Address = IPAddress.Loopback });
        int answers = 0;
        await foreach (CoapGroupResponse _ in client.AskGroupAsync(new CoapRequest { Uri = new Uri($"coap://127.0.0.1:{FreePorts.Next()}/a") }, TimeSpan.FromMilliseconds(1)))
        {
            answers++;
        }

        answers.Should().Be(0);
    }

    [Test]
    public async Task A_group_is_not_asked_over_connections_or_for_no_time()
    {
        await using var client = new CoapClient();
        Func<Task> overTcp = async () => await client.AskGroupAsync(new CoapRequest { Uri = new Uri("coap+tcp://127.0.0.1/a") }, TimeSpan.FromSeconds(1)).GetAsyncEnumerator().MoveNextAsync();
        Func<Task> noTime = async () => await client.AskGroupAsync(new CoapRequest { Uri = new Uri("coap://127.0.0.1/a") }, TimeSpan.Zero).GetAsyncEnumerator().MoveNextAsync();
        await overTcp.Should().ThrowAsync<ArgumentException>();
        await noTime.Should().ThrowAsync<ArgumentException>();
    }
}
