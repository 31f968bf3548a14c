using System.Diagnostics.Metrics;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Messaging;

/// <summary>RFC 7252, section 4.7: how much is sent to who does not answer.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ProbingTests : IAsyncDisposable
{
    private static readonly MessageLimits Limits = new(Exchanges: 1000, Peers: 100, Waiting: 10, Requests: 10_000);

    private readonly SimulatedTime _time = new();
    private readonly SimulatedNetwork _network;
    private readonly SimulatedNetwork.Node _server;
    private readonly SimulatedNetwork.Node _client;
    private readonly List<MessageLayer> _layers = [];

    public ProbingTests()
    {
        _network = new SimulatedNetwork(_time, new Random(1));
        _server = _network.Add(1);
        _client = _network.Add(2);
    }

    [TestCase(1, 1)]
    [TestCase(20, 1)]
    [TestCase(0.1, 4)]
    public void A_peer_that_does_not_answer_is_sent_a_byte_a_second_or_as_many_as_one_likes(double rate, int atOnce)
    {
        MessageLayer client = Client(new CoapTransmission { ProbingRate = rate, NStart = atOnce });
        for (int second = 0; second < 3600; second++)
        {
            Asked asked = Ask(client, MessageType.NonConfirmable);
            _time.Advance(TimeSpan.FromSeconds(1));
            if (second % 2 == 0)
            {
                client.Forget(asked);
            }
        }

        int size = _network.Sent[0].Datagram.Length;
        _network.Sent.Sum(static sent => sent.Datagram.Length).Should().BeInRange((int)Math.Min(3600 * rate, 3600 * size / 3.2) - size, (int)(3600 * rate) + size);
        client.Counters.HeldBack.Should().BePositive();
    }

    [Test]
    public void A_peer_that_answers_is_not_waited_for_longer_than_its_answer()
    {
        MessageLayer client = Client(new CoapTransmission());
        Server(answers: static _ => true);
        Asked[] asked = [.. Enumerable.Range(0, 10).Select(_ => Ask(client, MessageType.NonConfirmable))];
        _network.Sent.Should().ContainSingle("one is on its way at a time");
        _time.Advance(TimeSpan.FromSeconds(1));
        asked.Should().OnlyContain(static one => one.Answers.Count == 1);
    }

    [Test]
    public void What_is_held_back_goes_in_its_order_when_the_peer_is_heard_again_whatever_it_says()
    {
        MessageLayer client = Client(new CoapTransmission());
        Asked[] asked = [.. Enumerable.Range(0, 4).Select(_ => Ask(client, MessageType.NonConfirmable))];
        _time.Advance(TimeSpan.FromSeconds(5));
        _network.Sent.Should().ContainSingle();
        client.Forget(asked[1]);

        // An answer to something that was forgotten long ago.
        _client.Deliver(_server.Address, [0x51, 0x45, 1, 2, 99]);
        _network.Sent.RemoveAll(static sent => sent.Datagram[0] >> 4 == (int)(MessageType.Reset + 4)).Should().Be(1, "nobody waits for it");
        _network.Sent.Should().HaveCount(2);
        TokenOf(1).Should().Be(asked[2].Token);

        // A reset is heard, too.
        _client.Deliver(_server.Address, [0x70, 0, _network.Sent[1].Datagram[2], _network.Sent[1].Datagram[3]]);
        asked[2].Loss.Should().Be(LossReason.Rejected);
        TokenOf(2).Should().Be(asked[3].Token);
    }

    [Test]
    public void What_is_confirmable_does_not_wait_for_what_has_no_answer()
    {
        MessageLayer client = Client(new CoapTransmission());
        Ask(client, MessageType.NonConfirmable);
        Ask(client, MessageType.NonConfirmable);
        Asked confirmable = Ask(client, MessageType.Confirmable);
        _time.Advance(TimeSpan.FromSeconds(1));
        _network.Sent.Should().ContainSingle("one is on its way at a time");
        _time.Advance(TimeSpan.FromSeconds(2));
        TokenOf(1).Should().Be(confirmable.Token);
    }

    [Test]
    public void Peers_do_not_wait_for_each_other()
    {
        MessageLayer client = Client(new CoapTransmission());
        PeerAddress[] peers = [.. Enumerable.Range(10, 50).Select(number => _network.Add(number).Address)];
        foreach (PeerAddress peer in peers)
        {
            Ask(client, MessageType.NonConfirmable, peer);
        }

        _network.Sent.Should().HaveCount(50);
    }

    [Test]
    public void What_waits_is_bounded_and_a_farewell_goes_at_once()
    {
        MessageLayer client = Client(new CoapTransmission());
        Asked[] asked = [.. Enumerable.Range(0, Limits.Waiting + 2).Select(_ => Ask(client, MessageType.NonConfirmable))];
        asked[^1].Loss.Should().Be(LossReason.TooMany);
        asked[^2].Loss.Should().BeNull();
        _network.Sent.Should().ContainSingle();

        var farewell = new Asked { Peer = _server.Address, Token = client.NewToken() };
        client.Send(farewell, MessageType.NonConfirmable, CoapCode.Get, [], RequestKind.Farewell);
        client.Forget(farewell);
        _network.Sent.Should().HaveCount(2);
    }

    [Test]
    public void Nothing_is_held_back_where_the_network_is_known_to_bear_it()
    {
        MessageLayer client = Client(new CoapTransmission { ProbingRate = double.PositiveInfinity });
        for (int i = 0; i < 100; i++)
        {
            Ask(client, MessageType.NonConfirmable);
        }

        _network.Sent.Should().HaveCount(100);
        FluentActions.Invoking(new CoapTransmission { ProbingRate = 0 }.Validate).Should().Throw<ArgumentException>();
        FluentActions.Invoking(new CoapTransmission { ProbingRate = double.NaN }.Validate).Should().Throw<ArgumentException>();
    }

    [Test]
    public void Over_networks_that_lose_each_request_is_answered_or_forgotten_and_the_rate_is_kept_in_silence()
    {
        long heldBack = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, to) =>
        {
            if (instrument.Name == "iotstream.coap.requests.held_back")
            {
                to.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref heldBack, count));
        listener.Start();
        for (int seed = 0; seed < 200; seed++)
        {
            Lossy(seed);
        }

        Interlocked.Read(ref heldBack).Should().BePositive();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (MessageLayer layer in _layers)
        {
            await layer.DisposeAsync();
        }
    }

    private static void Lossy(int seed)
    {
        var random = new Random(seed);
        var time = new SimulatedTime();
        var network = new SimulatedNetwork(time, random) { Loss = random.NextDouble(), Doubling = random.NextDouble() * 0.3, LongestDelay = TimeSpan.FromSeconds(random.NextDouble() * 3) };
        SimulatedNetwork.Node serving = network.Add(1);
        var server = new MessageLayer(serving, new CoapTransmission(), Limits, time, new Randomness(seed), static (in Message message, in Exchange exchange) =>
        {
            exchange.Respond(CoapCode.Changed);
            return true;
        });
        server.Start();
        SimulatedNetwork.Node asking = network.Add(2);
        var transmission = new CoapTransmission { ProbingRate = 2, NStart = random.Next(1, 3) };
        var client = new MessageLayer(asking, transmission, Limits with { Waiting = 1000 }, time, new Randomness(seed + 1), handler: null);
        client.Start();
        Asked[] all = [.. Enumerable.Range(0, 200).Select(_ => new Asked { Peer = serving.Address, Token = client.NewToken() })];
        foreach (Asked asked in all)
        {
            TimeSpan at = TimeSpan.FromSeconds(random.NextDouble() * 300);
            time.After(at, () => client.Send(asked, random.Next(4) == 0 ? MessageType.Confirmable : MessageType.NonConfirmable, CoapCode.Post, [0xFF, 1]));
            time.After(at + TimeSpan.FromMinutes(2), () => client.Forget(asked));
        }

        while (time.Step())
        {
        }

        all.Should().OnlyContain(static asked => asked.Answers.Count <= 1);
        all.Count(static asked => asked.Answers.Count == 1).Should().BeGreaterThanOrEqualTo(network.Loss < 0.3 ? 30 : 0);

        // Between two requests without confirmation there is either something from the peer or the time that the first one's bytes take.
        List<TimeSpan> probes = [.. network.Sent.Where(sent => sent.From == asking.Address && sent.Datagram[0] >> 4 == 5).Select(static sent => sent.At)];
        List<TimeSpan> answers = [.. network.Sent.Where(sent => sent.From == serving.Address).Select(static sent => sent.At)];
        for (int i = 1; i < probes.Count; i++)
        {
            bool mayBeHeard = answers.Exists(at => at >= probes[i - 1] - network.LongestDelay && at <= probes[i]);
            if (!mayBeHeard && probes[i] - probes[i - 1] < TimeSpan.FromSeconds(7))
            {
                Assert.Fail($"Seed {seed}: {probes[i - 1]} and {probes[i]} are too close.");
            }
        }
    }

    private MessageLayer Client(CoapTransmission transmission)
    {
        var client = new MessageLayer(_client, transmission, Limits, _time, new Randomness(2), handler: null);
        _layers.Add(client);
        client.Start();
        return client;
    }

    private void Server(Func<Exchange, bool> answers)
    {
        var server = new MessageLayer(_server, new CoapTransmission(), Limits, _time, new Randomness(1), (in Message _, in Exchange exchange) =>
        {
            if (answers(exchange))
            {
                exchange.Respond(CoapCode.Content);
            }

            return true;
        });
        _layers.Add(server);
        server.Start();
    }

    private Asked Ask(MessageLayer client, MessageType type, PeerAddress? peer = null)
    {
        var asked = new Asked { Peer = peer ?? _server.Address, Token = client.NewToken() };
        client.Send(asked, type, CoapCode.Get, [0xFF, 1, 2, 3, 4, 5, 6, 7]);
        return asked;
    }

    private Token TokenOf(int index) => Token.Of(_network.Sent[index].Datagram.AsSpan(4, 8));
}
