using System.Buffers.Binary;
using System.Net;
using System.Text;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Tests.Dtls;
using IoTStream.Coap.Tests.Server;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Coap.Tests.Server.Talk;

namespace IoTStream.Coap.Tests.Connectors;

/// <summary>A source that recognises requests by their entity tags, whoever sends them and however.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class TaggedRequestTests
{
    private static readonly CoapSourceOptions Deduplicating = new() { DeduplicateFor = TimeSpan.FromHours(100) };

    [Test]
    public async Task The_same_tag_and_content_are_the_same_request_from_whomever_it_comes()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk, Deduplicating);
        int before = talk.Network.Sent.Count;
        talk.Send(Post(1, "a", tag: 1)).Should().BeEmpty();
        talk.Send(Post(2, "a", tag: 1), from: talk.Network.Add(9).Address).Should().BeEmpty("it waits for the same outcome");
        source.Read();
        source.Acknowledge(source.Items);
        talk.Network.Sent.Skip(before).Select(static sent => new Heard(sent.Datagram).Code).Should().Equal(CoapCode.Changed, CoapCode.Changed);
        talk.Send(Post(3, "a", tag: 1)).Should().ContainSingle().Which.Code.Should().Be(CoapCode.Changed);
        talk.Send(Post(4, "a", tag: 1, type: MessageType.NonConfirmable)).Should().ContainSingle().Which.Code.Should().Be(CoapCode.Changed);
        talk.Send(Post(5, "a", tag: 2));
        talk.Send(Post(6, "b", tag: 1));
        talk.Send(Post(7, "a", tag: 1, path: "numbers?a"));
        talk.Send(Request(MessageType.Confirmable, CoapCode.Put, 8, "numbers", "a"u8, (OptionNumber.ETag, [1])));
        source.Read();
        source.Values.Should().Equal("a", "a", "b", "a", "a");
    }

    [Test]
    public async Task What_is_refused_or_does_not_decode_is_remembered_as_what_it_was()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk, Deduplicating with { Capacity = 1 });
        talk.Send(Post(1, "!", tag: 1));
        talk.Send(Post(2, "b", tag: 2)).Should().ContainSingle().Which.Code.Should().Be(CoapCode.ServiceUnavailable);
        source.Read();
        source.Acknowledge(source.Items);
        talk.Send(Post(3, "!", tag: 1)).Should().ContainSingle().Which.Code.Should().Be(CoapCode.BadRequest);
        talk.Send(Post(4, "b", tag: 2)).Should().BeEmpty("it had no effect before");
        source.Read();
        source.Values.Should().Equal("b");
        source.DeadLetters.Should().ContainSingle();
    }

    [Test]
    public async Task Tags_say_nothing_unless_one_wants_to()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk, new CoapSourceOptions());
        talk.Send(Post(1, "a", tag: 1));
        talk.Send(Post(2, "a", tag: 1), from: talk.Network.Add(9).Address);
        source.Read();
        source.Values.Should().Equal("a", "a");
        FluentActions.Invoking(() => talk.Server.Source("other", Text.Codec, new CoapSourceOptions { DeduplicateFor = TimeSpan.FromSeconds(-1) })).Should().Throw<ArgumentException>();
    }

    [Test]
    public async Task The_next_process_knows_what_was_committed_for_as_long_as_it_is_to()
    {
        byte[] position;
        await using (var talk = new Talk())
        {
            await using OpenedSource<string> source = await OpenAsync(talk, Deduplicating);
            talk.Send(Post(1, "a", tag: 1));
            source.Read();
            position = source.Position();
            talk.Send(Post(2, "b", tag: 2));
        }

        await using var next = new Talk();
        next.Time.Advance(TimeSpan.FromHours(50));
        await using OpenedSource<string> resumed = await OpenAsync(next, Deduplicating, position);
        next.Send(Post(7, "a", tag: 1)).Should().ContainSingle().Which.Code.Should().Be(CoapCode.Changed, "it was committed");
        next.Send(Post(8, "b", tag: 2)).Should().BeEmpty("that was not");
        position = resumed.Position();
        next.Time.Advance(TimeSpan.FromHours(51));
        next.Send(Post(9, "a", tag: 1)).Should().BeEmpty("its time is over");
        resumed.Read();
        resumed.Values.Should().Equal("b", "a");

        await using var indifferent = new Talk();
        await using OpenedSource<string> other = await OpenAsync(indifferent, new CoapSourceOptions(), position);
        indifferent.Send(Post(10, "a", tag: 1)).Should().BeEmpty("nobody looks at tags any more");
    }

    [Test]
    public async Task Over_connections_what_is_asked_again_over_another_one_has_its_effect_once()
    {
        await using CoapServer server = CoapServer.Start(new CoapServerOptions { Address = IPAddress.Loopback, Port = 0, Tcp = new CoapTcpOptions { Port = 0 } });
        await using OpenedSource<string> source = await OpenedSource<string>.OpenAsync(server.Source("numbers", Text.Codec, Deduplicating), TimeProvider.System);
        for (int life = 0; life < 3; life++)
        {
            await using var client = new CoapClient();
            Task<CoapResponse> overConnection = AskAsync(client, $"coap+tcp://127.0.0.1:{server.TcpEndPoint!.Port}/numbers", new string('x', 100_000));
            Task<CoapResponse> overDatagrams = AskAsync(client, $"coap://127.0.0.1:{server.EndPoint.Port}/numbers", "y");
            await Limits.UntilAsync(
                () =>
                {
                    source.Read();
                    source.Acknowledge(source.Items);
                    return overConnection.IsCompleted && overDatagrams.IsCompleted;
                },
                "both are answered");
            (await overConnection).Code.Should().Be(CoapCode.Changed);
            (await overDatagrams).Code.Should().Be(CoapCode.Changed);
        }

        source.Values.Should().BeEquivalentTo(new string('x', 100_000), "y");

        static Task<CoapResponse> AskAsync(CoapClient client, string uri, string body) =>
            client.SendAsync(new CoapRequest { Uri = new Uri(uri), Method = CoapCode.Post, Payload = Encoding.UTF8.GetBytes(body), ETags = [new byte[] { 7 }] }).WaitAsync(Limits.Wait);
    }

    [Test]
    public async Task Nobody_can_have_another_one_s_request_taken_for_a_repetition()
    {
        await using CoapServer server = Keyed.Server(static dtls => dtls with { PreSharedKeys = static _ => Encoding.UTF8.GetBytes(Keyed.Key) });
        await using OpenedSource<string> source = await OpenedSource<string>.OpenAsync(server.Source("numbers", Text.Codec, Deduplicating), TimeProvider.System);
        foreach (string identity in (string[])["one", "other", "one"])
        {
            await using CoapClient client = Keyed.Client(identity: identity);
            Task<CoapResponse> asked = client.SendAsync(new CoapRequest { Uri = Keyed.Uri(server, "numbers"), Method = CoapCode.Put, Payload = "a"u8.ToArray(), ETags = [new byte[] { 7 }] });
            await Limits.UntilAsync(
                () =>
                {
                    source.Read();
                    source.Acknowledge(source.Items);
                    return asked.IsCompleted;
                },
                "it is answered");
            (await asked).Code.Should().Be(CoapCode.Changed);
        }

        source.Values.Should().Equal("a", "a");
    }

    [Test]
    public async Task A_position_of_an_earlier_version_is_read()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk, new CoapSourceOptions());
        talk.Send(Post(1, "a", tag: 1));
        source.Read();
        byte[] position = source.Position();

        // Form, time, and two parts behind how many bytes they have, in each of them a run: its age, a code, how many, and one fingerprint. Ages had two bytes, and the second part nothing in front.
        position.Should().HaveCount(1 + 8 + (2 * (4 + 15)));
        byte[] former = [1, .. position[1..9], 13, 0, 0, 0, .. position[13..15], .. position[17..28], .. position[32..34], .. position[36..47]];
        await using var next = new Talk();
        await using OpenedSource<string> resumed = await OpenAsync(next, new CoapSourceOptions(), former);
        next.Send(Post(1, "a", tag: 1)).Should().ContainSingle().Which.Code.Should().Be(CoapCode.Changed, "it was committed");
        resumed.Read();
        resumed.Values.Should().BeEmpty();
    }

    [Test]
    public async Task What_is_no_position_is_refused([Values(0, 5, 9, 12, 20, 31)] int length)
    {
        byte[] position = new byte[32];
        position[0] = 2;
        BinaryPrimitives.WriteInt32LittleEndian(position.AsSpan(9), 1000);
        await using var talk = new Talk();
        await FluentActions.Awaiting(() => OpenAsync(talk, Deduplicating, position[..length])).Should().ThrowAsync<InvalidDataException>().WithMessage("*a name of its own*");
    }

    private static byte[] Post(ushort id, string payload, byte tag, MessageType type = MessageType.Confirmable, string path = "numbers") =>
        Request(type, CoapCode.Post, id, path, Encoding.UTF8.GetBytes(payload), (OptionNumber.ETag, [tag]));

    private static Task<OpenedSource<string>> OpenAsync(Talk talk, CoapSourceOptions options, byte[]? position = null) =>
        OpenedSource<string>.OpenAsync(talk.Server.Source("numbers", Text.Codec, options), talk.Time, static () => { }, position);
}
