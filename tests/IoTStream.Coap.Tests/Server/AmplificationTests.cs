using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Tests.Messaging;
using static IoTStream.Coap.Tests.Server.Talk;

namespace IoTStream.Coap.Tests.Server;

/// <summary>Somebody forges the address of somebody else, who does not answer: what comes there is bounded by what the first has sent, whatever he asks for.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class AmplificationTests
{
    // The question whether an observer is there, which has to be asked.
    private const int Question = 64;

    private static readonly string[] Paths = ["any", "value", ".well-known/core", "none"];

    [Test]
    public async Task A_forged_observer_is_asked_once_whether_it_is_there_and_forgotten([Values(1, 1000, 5000)] int size)
    {
        await using var talk = new Talk(new CoapServerOptions());
        CoapValue value = talk.Server.MapValue("value");
        value.Set(new byte[8]);
        byte[] request = Request(MessageType.Confirmable, CoapCode.Get, 1, "value", default, (OptionNumber.Observe, []));
        talk.Send(request).Should().ContainSingle().Which.Code.Should().Be(CoapCode.Content);
        value.Observers.Should().Be(1);
        for (int i = 0; i < 100; i++)
        {
            value.Set(new byte[size]);
            talk.Time.Advance(TimeSpan.FromSeconds(5));
        }

        value.Observers.Should().Be(0);
        SentTo(talk).Should().BeLessThanOrEqualTo((3 * request.Length) + Question);
    }

    [Test]
    public async Task An_observer_that_answers_is_told_everything_whether_it_knows_of_echo_or_not([Values(1, 1000)] int size)
    {
        await using var talk = new Talk(new CoapServerOptions());
        CoapValue value = talk.Server.MapValue("value");
        value.Set(new byte[8]);
        talk.Send(Request(MessageType.Confirmable, CoapCode.Get, 1, "value", default, (OptionNumber.Observe, [])));
        int before = talk.Network.Sent.Count;
        for (int i = 0; i < 50; i++)
        {
            value.Set((byte[])[.. BitConverter.GetBytes(i), .. new byte[size]]);
            foreach (Heard heard in talk.Heard(before).Where(static heard => heard.Type == MessageType.Confirmable))
            {
                talk.Send([0x60, 0, (byte)(heard.Id >> 8), (byte)heard.Id]);
            }

            Heard last = talk.Heard(before).Should().NotBeEmpty().And.Subject.Last();
            before = talk.Network.Sent.Count;
            BitConverter.ToInt32(last.Payload).Should().Be(i);
            last.Payload.Length.Should().BeInRange(Math.Min(size + 4, 16), size + 4);
            (last.Block(OptionNumber.Block2)?.More ?? false).Should().Be(last.Payload.Length < size + 4, "there is more to be fetched");
        }

        value.Observers.Should().Be(1);
    }

    [Test]
    public async Task An_answer_that_comes_later_is_repeated_only_as_far_as_the_request_was_worth_it()
    {
        await using var talk = new Talk(new CoapServerOptions());
        var done = new TaskCompletionSource<CoapResponse>();
        talk.Server.Map("slow", (_, _) => new(done.Task));
        byte[] request = Request(MessageType.Confirmable, CoapCode.Get, 1, "slow");
        talk.Send(request);
        talk.Time.Advance(TimeSpan.FromSeconds(3));
        done.SetResult(new CoapResponse { Code = CoapCode.Content, Payload = new byte[16] });
        await Mqtt.Tests.Peers.Limits.UntilAsync(() => talk.Heard(0).Count > 1, "the answer goes");
        talk.Time.Advance(TimeSpan.FromMinutes(5));
        SentTo(talk).Should().BeLessThanOrEqualTo(3 * request.Length);
    }

    [Test]
    public async Task A_request_that_comes_again_and_again_is_not_worth_more_than_it_is_long()
    {
        await using var talk = new Talk(new CoapServerOptions());
        talk.Server.Map("post", (_, _) => new(new CoapResponse { Code = CoapCode.Changed, Payload = new byte[1000] }));
        byte[] large = Request(MessageType.Confirmable, CoapCode.Post, 1, "post", new byte[500]);
        byte[] small = Request(MessageType.Confirmable, CoapCode.Post, 2, "post");
        int sent = large.Length;
        talk.Send(large);
        for (int i = 0; i < 100; i++)
        {
            sent += small.Length;
            talk.Send(small);
        }

        SentTo(talk).Should().BeLessThanOrEqualTo(3 * sent);
    }

    [Test]
    public async Task Whatever_is_forged_does_no_more_harm_than_three_times_what_it_costs()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            await using var talk = new Talk(new CoapServerOptions { MaximumPeers = 4, MaximumExchanges = 64 });
            var random = new Random(seed);
            CoapValue value = talk.Server.MapValue("value");
            value.Set(new byte[random.Next(30)]);
            talk.Server.Map("any", (request, _) => new(new CoapResponse { Code = request.Method == CoapCode.Get ? CoapCode.Content : CoapCode.Changed, Payload = new byte[random.Next(3000)] }));
            PeerAddress[] others = [.. Enumerable.Range(10, 20).Select(number => talk.Network.Add(number).Address)];
            var asked = new List<byte[]>();
            long sent = 0;
            int registrations = 0;
            for (int i = 0; i < 300; i++)
            {
                bool observes = random.Next(10) == 0;
                byte[] request = asked.Count > 0 && random.Next(4) == 0
                    ? asked[random.Next(asked.Count)]
                    : Request(
                        random.Next(2) == 0 ? MessageType.Confirmable : MessageType.NonConfirmable,
                        (CoapCode)random.Next(1, 8),
                        (ushort)i,
                        observes ? "value" : Paths[random.Next(Paths.Length)],
                        new byte[random.Next(4) == 0 ? random.Next(1000) : 0],
                        observes ? [(OptionNumber.Observe, [])] : random.Next(3) == 0 ? [Block2(random.Next(3), random.Next(7))] : []);
                asked.Add(request);
                registrations += request.AsSpan().IndexOf("value"u8) >= 0 ? 1 : 0;
                sent += request.Length;
                talk.Send(request);
                talk.Send(Request(MessageType.NonConfirmable, CoapCode.Get, (ushort)i, "any"), from: others[random.Next(others.Length)]);
                if (random.Next(3) == 0)
                {
                    value.Set(new byte[random.Next(2000)]);
                }

                talk.Time.Advance(TimeSpan.FromSeconds(random.NextDouble() * 3));
            }

            talk.Time.Advance(TimeSpan.FromMinutes(10));

            SentTo(talk).Should().BeLessThanOrEqualTo((3 * sent) + (Question * registrations), "of seed {0}", seed);
        }
    }

    private static long SentTo(Talk talk) => talk.Network.Sent.Where(sent => sent.To == talk.Peer).Sum(static sent => (long)sent.Datagram.Length);
}
