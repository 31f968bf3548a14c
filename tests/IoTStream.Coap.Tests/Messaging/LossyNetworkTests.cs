using System.Globalization;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Messaging;

/// <summary>Requests over a network that loses, doubles, delays and reorders: the effect of what is confirmable is there once, if its sender learns of it, and never twice.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class LossyNetworkTests
{
    private const int Seeds = 1000;
    private const int Clients = 3;
    private const int RequestsOfClient = 6;

    [Test]
    public void A_confirmable_request_has_its_effect_once()
    {
        int answered = 0;
        int lost = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            Run(seed, ref answered, ref lost);
        }

        TestContext.Out.WriteLine($"{answered} answered, {lost} given up.");
        lost.Should().BePositive("some schedules lose everything");
        answered.Should().BeGreaterThan(lost);
    }

    private static void Run(int seed, ref int answered, ref int lost)
    {
        var random = new Random(seed);
        var time = new SimulatedTime();
        var network = new SimulatedNetwork(time, random)
        {
            Loss = random.NextDouble() * 0.5,
            Doubling = random.NextDouble() * 0.5,
            LongestDelay = TimeSpan.FromSeconds(random.NextDouble() * random.NextDouble() * 20),
        };
        var limits = new MessageLimits(Exchanges: 1000, Peers: 100, Waiting: 100, Requests: 100);
        var transmission = new CoapTransmission { NStart = random.Next(1, 4) };
        var effects = new Dictionary<string, int>(StringComparer.Ordinal);
        SimulatedNetwork.Node node = network.Add(0);
        var server = new MessageLayer(node, transmission, limits, time, new Randomness(seed), (in Message message, in Exchange exchange) =>
        {
            string name = System.Text.Encoding.UTF8.GetString(message.Payload);
            effects[name] = effects.GetValueOrDefault(name) + 1;
            Exchange kept = exchange;
            if (random.Next(2) == 0)
            {
                exchange.Respond(CoapCode.Changed);
                return true;
            }

            time.After(TimeSpan.FromSeconds(random.NextDouble() * 8), () => kept.Respond(CoapCode.Changed));
            return false;
        });
        server.Start();

        var asked = new Dictionary<string, Asked>(StringComparer.Ordinal);
        for (int c = 1; c <= Clients; c++)
        {
            var client = new MessageLayer(network.Add(c), transmission, limits, time, new Randomness((seed * 10) + c), handler: null);
            client.Start();
            for (int i = 0; i < RequestsOfClient; i++)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"{c}/{i}");
                var request = new Asked { Peer = node.Address, Token = client.NewToken() };
                asked[name] = request;
                time.After(TimeSpan.FromSeconds(random.NextDouble() * 30), () => client.Send(request, MessageType.Confirmable, CoapCode.Post, [0xFF, .. System.Text.Encoding.UTF8.GetBytes(name)]));
            }
        }

        while (time.Step())
        {
        }

        foreach ((string name, Asked request) in asked)
        {
            int count = effects.GetValueOrDefault(name);
            if (count > 1 || request.Answers.Count > 1 || (request.Answers.Count == 1 && count != 1) || (request.Answers.Count == 0 && request.Loss is null && request.Acknowledgements == 0))
            {
                Assert.Fail($"Seed {seed}, request {name}: {count} effects, {request.Answers.Count} answers, {request.Loss}.");
            }

            answered += request.Answers.Count;
            lost += request.Answers.Count == 0 ? 1 : 0;
        }
    }
}
