using IoTStream.Coap.Protocol;
using IoTStream.Coap.Tests.Protocol;

namespace IoTStream.Coap.Tests.Server;

/// <summary>Mutated datagrams for a whole server: nothing is thrown, what is remembered stays bounded, and the next one is answered.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ServerFuzzTests
{
    private const int Cases = 100_000;
    private const int Seed = 20_261_124;

    [Test]
    public async Task Mutated_datagrams_do_no_harm()
    {
        TestContext.Out.WriteLine($"Seed {Seed}, {Cases} cases.");
        var random = new Random(Seed);
        await using var talk = new Talk(new CoapServerOptions { MaximumExchanges = 1000, MaximumPeers = 100, MaximumPartialBytes = 50_000 });
        talk.Server.Map("a/{x}", (request, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = new byte[request.Payload.Length * 10] }));
        talk.Server.Map("a", (_, _) => new(new CoapResponse { Code = CoapCode.Changed }));
        int answered = 0;
        for (int i = 0; i < Cases; i++)
        {
            byte[] bytes = random.Next(3) == 0 ? Datagrams.Generate(random) : MessageFuzzTests.Mutate(Valid(random), random);
            try
            {
                answered += talk.Send(bytes, random.Next(20) == 0, new(0, (ulong)random.Next(500), 0, 7, IsV4: true)).Count;
            }
            catch (Exception e)
            {
                Assert.Fail($"Case {i} of seed {Seed}, {Convert.ToHexString(bytes)}: {e}");
            }

            talk.Network.Sent.Clear();
        }

        CoapServerStatistics statistics = talk.Server.Statistics;
        TestContext.Out.WriteLine(statistics);
        answered.Should().BeGreaterThan(Cases / 4);
        statistics.Malformed.Should().BeGreaterThan(Cases / 20);
        statistics.Remembered.Should().BeLessThanOrEqualTo(1000);
        statistics.Peers.Should().BeLessThanOrEqualTo(1200);
        talk.Ask(CoapCode.Post, "a").Code.Should().Be(CoapCode.Changed);
    }

    private static byte[] Valid(Random random)
    {
        List<(OptionNumber, byte[])> options = [];
        OptionNumber[] known = [OptionNumber.Block1, OptionNumber.Block2, OptionNumber.Observe, OptionNumber.Accept, OptionNumber.NoResponse, OptionNumber.RequestTag, OptionNumber.Echo, OptionNumber.Size1];
        foreach (OptionNumber number in known)
        {
            if (random.Next(4) == 0)
            {
                options.Add((number, Datagrams.Bytes(random, random.Next(4))));
            }
        }

        byte[] payload = Datagrams.Bytes(random, random.Next(2) == 0 ? 16 << random.Next(3) : random.Next(40));
        return Talk.Request((MessageType)random.Next(2), (CoapCode)random.Next(1, 8), (ushort)random.Next(3000), random.Next(2) == 0 ? "a" : "a/b?c=d", payload, [.. options]);
    }
}
