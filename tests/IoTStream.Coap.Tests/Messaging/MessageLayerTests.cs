using System.Text;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Messaging;

/// <summary>RFC 7252, section 4 and 5.2, on a clock of its own.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class MessageLayerTests : IAsyncDisposable
{
    private static readonly MessageLimits Limits = new(Exchanges: 1000, Peers: 100, Waiting: 10, Requests: 100);

    private readonly SimulatedTime _time = new();
    private readonly SimulatedNetwork _network;
    private readonly SimulatedNetwork.Node _server;
    private readonly SimulatedNetwork.Node _client;
    private readonly List<Exchange> _asked = [];
    private Func<Exchange, bool> _answer = static _ => false;
    private MessageLayer? _layer;

    public MessageLayerTests()
    {
        _network = new SimulatedNetwork(_time, new Random(1));
        _server = _network.Add(1);
        _client = _network.Add(2);
    }

    [Test]
    public void A_request_that_is_answered_at_once_is_answered_with_its_acknowledgement()
    {
        MessageLayer client = Start(Piggybacked);
        Asked asked = Ask(client);
        _time.Advance(TimeSpan.FromSeconds(10));

        asked.Answers.Should().Equal((CoapCode.Content, "22.3 C"));
        _network.Sent.Should().HaveCount(2);
        Type(1).Should().Be(MessageType.Acknowledgement);
        Id(1).Should().Be(Id(0));
    }

    [Test]
    public void A_request_that_takes_longer_is_acknowledged_in_time_and_answered_for_itself()
    {
        MessageLayer client = Start(static _ => false);
        Asked asked = Ask(client);
        _time.Advance(TimeSpan.FromSeconds(10));

        _network.Sent.Should().HaveCount(2, "the acknowledgement came before the request was repeated");
        (Type(1), Code(1), Id(1)).Should().Be((MessageType.Acknowledgement, CoapCode.Empty, Id(0)));
        _network.Sent[1].At.Should().BeLessThan(TimeSpan.FromSeconds(2));
        asked.Answers.Should().BeEmpty();

        _asked[0].Respond(CoapCode.Content, Payload("late"));
        _time.Advance(TimeSpan.FromSeconds(10));

        asked.Answers.Should().Equal((CoapCode.Content, "late"));
        _network.Sent.Should().HaveCount(4);
        Type(2).Should().Be(MessageType.Confirmable);
        (Type(3), Code(3), Id(3)).Should().Be((MessageType.Acknowledgement, CoapCode.Empty, Id(2)));
    }

    [Test]
    public void What_is_not_acknowledged_is_repeated_after_twice_the_time_each_and_then_given_up()
    {
        MessageLayer client = Start(Piggybacked);
        _network.Loss = 1;
        Asked asked = Ask(client);
        _time.Advance(TimeSpan.FromSeconds(100));

        TimeSpan[] at = [.. _network.Sent.Select(static sent => sent.At)];
        at.Should().HaveCount(5);
        TimeSpan first = at[1] - at[0];
        first.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(2)).And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(3.1));
        for (int i = 1; i < 4; i++)
        {
            (at[i + 1] - at[i]).Should().BeCloseTo(first * Math.Pow(2, i), TimeSpan.FromMilliseconds(20));
        }

        _network.Sent.Select(static sent => Convert.ToHexString(sent.Datagram)).Distinct(StringComparer.Ordinal).Should().ContainSingle("a repetition is the same message");
        asked.Loss.Should().Be(LossReason.Unanswered);
    }

    [Test]
    public void A_repeated_request_is_done_once_and_answered_as_before()
    {
        Start(Piggybacked);
        byte[] request = Request(MessageType.Confirmable, CoapCode.Post, 7);
        for (int i = 0; i < 3; i++)
        {
            _server.Deliver(_client.Address, request);
        }

        _asked.Should().ContainSingle();
        _network.Sent.Should().HaveCount(3);
        _network.Sent.Select(static sent => Convert.ToHexString(sent.Datagram)).Distinct(StringComparer.Ordinal).Should().ContainSingle();
    }

    [Test]
    public void A_repeated_request_without_confirmation_is_done_once_and_not_answered_again()
    {
        Start(Piggybacked);
        byte[] request = Request(MessageType.NonConfirmable, CoapCode.Post, 7);
        _server.Deliver(_client.Address, request);
        _server.Deliver(_client.Address, request);

        _asked.Should().ContainSingle();
        Type(0).Should().Be(MessageType.NonConfirmable);
        _network.Sent.Should().ContainSingle();
    }

    [Test]
    public void An_identifier_may_come_again_when_its_lifetime_is_over_or_with_something_else()
    {
        Start(Piggybacked);
        _server.Deliver(_client.Address, Request(MessageType.Confirmable, CoapCode.Post, 7));
        _server.Deliver(_client.Address, Request(MessageType.Confirmable, CoapCode.Put, 7));
        _asked.Should().HaveCount(2, "a device that was reset begins anew with its identifiers");

        _time.Advance(new CoapTransmission().ExchangeLifetime);
        _server.Deliver(_client.Address, Request(MessageType.Confirmable, CoapCode.Post, 8));
        _server.Deliver(_client.Address, Request(MessageType.Confirmable, CoapCode.Put, 7));
        _asked.Should().HaveCount(4);
    }

    [Test]
    public void A_repeated_request_that_waits_for_its_answer_is_acknowledged_again()
    {
        Start(static _ => false);
        byte[] request = Request(MessageType.Confirmable, CoapCode.Post, 7);
        _server.Deliver(_client.Address, request);
        _server.Deliver(_client.Address, request);
        _network.Sent.Should().BeEmpty("the answer may yet go with the acknowledgement");

        _time.Advance(TimeSpan.FromSeconds(2));
        _server.Deliver(_client.Address, request);

        _asked.Should().ContainSingle();
        _network.Sent.Should().HaveCount(2);
        (Type(1), Code(1), Id(1)).Should().Be((MessageType.Acknowledgement, CoapCode.Empty, 7));
    }

    [TestCase("40000042", "70000042", TestName = "A ping is answered by a reset")]
    [TestCase("40010042FF", "70000042", TestName = "A malformed confirmable message is reset")]
    [TestCase("40200042", "70000042", TestName = "A reserved class is reset")]
    [TestCase("40450042", "70000042", TestName = "An answer that nobody expects is reset")]
    [TestCase("50010042FF", null, TestName = "A malformed message without confirmation is passed over")]
    [TestCase("60010042", null, TestName = "A request as an acknowledgement is passed over")]
    [TestCase("70010042", null, TestName = "A request as a reset is passed over")]
    [TestCase("60000042", null, TestName = "An acknowledgement of nothing is passed over")]
    [TestCase("70000042", null, TestName = "A reset of nothing is passed over")]
    [TestCase("80010042", null, TestName = "Another version is passed over")]
    [TestCase("4001", null, TestName = "Less than a header is passed over")]
    public void What_has_no_meaning_is_reset_or_passed_over(string datagram, string? expected)
    {
        Start(Piggybacked);
        _server.Deliver(_client.Address, Convert.FromHexString(datagram));

        _network.Sent.Select(static sent => Convert.ToHexString(sent.Datagram)).Should().Equal(expected is null ? [] : [expected]);
        _asked.Should().BeEmpty();
    }

    [Test]
    public void What_is_confirmable_is_not_for_groups()
    {
        Start(Piggybacked);
        _server.Deliver(_client.Address, Request(MessageType.Confirmable, CoapCode.Get, 7), isMulticast: true);
        _server.Deliver(_client.Address, Convert.FromHexString("40000042"), isMulticast: true);
        _asked.Should().BeEmpty();
        _network.Sent.Should().BeEmpty();
    }

    [Test]
    public void Answers_to_a_group_are_spread_over_the_leisure()
    {
        Start(Piggybacked);
        for (ushort id = 0; id < 50; id++)
        {
            _server.Deliver(_client.Address, Request(MessageType.NonConfirmable, CoapCode.Get, id), isMulticast: true);
        }

        _time.Advance(TimeSpan.FromSeconds(6));
        _network.Sent.Should().HaveCount(50);
        _network.Sent.Count(static sent => sent.At < TimeSpan.FromSeconds(2.5)).Should().BeInRange(10, 40);
        _network.Sent.Should().OnlyContain(static sent => sent.At <= TimeSpan.FromSeconds(5));
    }

    [Test]
    public void A_flood_for_a_group_does_not_fill_the_memory()
    {
        Start(Piggybacked);
        for (int i = 0; i < 5000; i++)
        {
            _server.Deliver(new PeerAddress(0, (ulong)i, 0, 1, IsV4: true), Request(MessageType.NonConfirmable, CoapCode.Get, 1), isMulticast: true);
        }

        _time.Advance(TimeSpan.FromSeconds(6));
        _network.Sent.Should().HaveCount(16 * Limits.Waiting);
        _server.Deliver(_client.Address, Request(MessageType.NonConfirmable, CoapCode.Get, 2), isMulticast: true);
        _time.Advance(TimeSpan.FromSeconds(6));
        _network.Sent.Should().HaveCount((16 * Limits.Waiting) + 1);
    }

    [Test]
    public void One_confirmable_message_is_on_its_way_to_a_peer_at_a_time()
    {
        MessageLayer client = Start(static _ => false);
        Asked[] asked = [.. Enumerable.Range(0, 5).Select(_ => Ask(client))];
        _time.Advance(TimeSpan.FromSeconds(1));
        _asked.Should().ContainSingle();

        foreach (Asked one in asked)
        {
            _asked[^1].Respond(CoapCode.Changed);
            _time.Advance(TimeSpan.FromMilliseconds(100));
            one.Answers.Should().ContainSingle();
        }
    }

    [Test]
    public void What_waits_for_a_peer_is_bounded_and_what_is_forgotten_lets_the_next_one_go()
    {
        MessageLayer client = Start(static _ => false);
        Asked[] asked = [.. Enumerable.Range(0, 12).Select(_ => Ask(client))];
        asked[11].Loss.Should().Be(LossReason.TooMany);

        client.Forget(asked[1]);
        client.Forget(asked[0]);
        _time.Advance(TimeSpan.FromSeconds(1));
        _asked.Should().HaveCount(2);
        asked[2].MessageId.Should().Be(_network.Sent.Where(sent => sent.From == _client.Address).Select(static sent => (sent.Datagram[2] << 8) | sent.Datagram[3]).Last());
    }

    [Test]
    public void A_request_that_is_reset_has_failed()
    {
        MessageLayer client = Start(static _ => false);
        Asked asked = Ask(client);
        _client.Deliver(_server.Address, [0x70, 0, _network.Sent[0].Datagram[2], _network.Sent[0].Datagram[3]]);
        asked.Loss.Should().Be(LossReason.Rejected);
    }

    [Test]
    public void Answers_with_another_token_or_from_somebody_else_are_no_answers()
    {
        MessageLayer client = Start(static _ => false);
        Asked asked = Ask(client);
        byte[] answer = new byte[20];
        ushort id = (ushort)((_network.Sent[0].Datagram[2] << 8) | _network.Sent[0].Datagram[3]);
        var writer = new MessageWriter(answer, MessageType.Acknowledgement, CoapCode.Content, id, new Token(asked.Token.Bits + 1, 8));
        _client.Deliver(_server.Address, answer[..writer.Length]);
        writer = new MessageWriter(answer, MessageType.Acknowledgement, CoapCode.Content, id, asked.Token);
        _client.Deliver(_network.Add(3).Address, answer[..writer.Length]);
        asked.Answers.Should().BeEmpty();

        _client.Deliver(_server.Address, answer[..writer.Length]);
        asked.Answers.Should().ContainSingle();
    }

    [Test]
    public void Memory_is_bounded_under_a_flood_of_peers_and_what_has_no_outcome_is_not_forgotten()
    {
        Start(static _ => false);
        _server.Deliver(_client.Address, Request(MessageType.Confirmable, CoapCode.Post, 7));
        for (int i = 0; i < 20_000; i++)
        {
            _server.Deliver(new PeerAddress(0, 0x0B000000u + (uint)i, 0, 1, IsV4: true), Request(MessageType.NonConfirmable, CoapCode.Post, (ushort)i));
        }

        _layer!.RememberedExchanges.Should().BeLessThanOrEqualTo(Limits.Exchanges);
        _layer.KnownPeers.Should().BeLessThanOrEqualTo(Limits.Exchanges + (2 * Limits.Peers));
        _asked[0].Respond(CoapCode.Changed);
        _network.Sent.Where(sent => sent.To == _client.Address).Select(static sent => (sent.Datagram[0], sent.Datagram[1])).Should().Equal(((byte)0x68, (byte)CoapCode.Changed));
    }

    [Test]
    public void A_peer_that_floods_makes_room_for_itself_only()
    {
        Start(Piggybacked);
        byte[] request = Request(MessageType.Confirmable, CoapCode.Post, 7);
        _server.Deliver(_client.Address, request);
        PeerAddress other = _network.Add(3).Address;
        for (int i = 0; i < 20_000; i++)
        {
            _server.Deliver(other, Request(MessageType.Confirmable, CoapCode.Post, (ushort)i));
        }

        int asked = _asked.Count;
        _server.Deliver(_client.Address, request);
        _asked.Should().HaveCount(asked, "it is remembered");
        _layer!.ForgottenEarly.Should().BePositive();
    }

    [Test]
    public void A_request_for_which_there_is_no_memory_is_refused_for_a_while()
    {
        Start(static _ => false);
        for (int i = 0; i <= Limits.Exchanges; i++)
        {
            _server.Deliver(new PeerAddress(0, 0x0B000000u + (uint)i, 0, 1, IsV4: true), Request(MessageType.Confirmable, CoapCode.Post, 1));
        }

        _asked.Should().HaveCount(Limits.Exchanges);
        _network.Sent.Should().ContainSingle().Which.Datagram[1].Should().Be((byte)CoapCode.ServiceUnavailable);
    }

    public ValueTask DisposeAsync() => _layer!.DisposeAsync();

    private MessageLayer Start(Func<Exchange, bool> answer)
    {
        _answer = answer;
        _layer = new MessageLayer(_server, new CoapTransmission(), Limits, _time, new Randomness(1), (in Message _, in Exchange exchange) =>
        {
            _asked.Add(exchange);
            return _answer(exchange);
        });
        _layer.Start();
        var client = new MessageLayer(_client, new CoapTransmission(), Limits, _time, new Randomness(2), handler: null);
        client.Start();
        return client;
    }

    private Asked Ask(MessageLayer client)
    {
        var asked = new Asked { Peer = _server.Address, Token = client.NewToken() };
        client.Send(asked, MessageType.Confirmable, CoapCode.Get, []);
        return asked;
    }

    private static bool Piggybacked(Exchange exchange)
    {
        exchange.Respond(CoapCode.Content, Payload("22.3 C"));
        return true;
    }

    private static byte[] Payload(string text) => [0xFF, .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Request(MessageType type, CoapCode code, ushort id)
    {
        byte[] buffer = new byte[64];
        var writer = new MessageWriter(buffer, type, code, id, new Token(0x1122334455667788, 8));
        writer.Write(OptionNumber.UriPath, "a");
        return buffer[..writer.Length];
    }

    private MessageType Type(int index) => (MessageType)((_network.Sent[index].Datagram[0] >> 4) & 3);

    private CoapCode Code(int index) => (CoapCode)_network.Sent[index].Datagram[1];

    private int Id(int index) => (_network.Sent[index].Datagram[2] << 8) | _network.Sent[index].Datagram[3];
}
