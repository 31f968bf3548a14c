using System.Text;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Tests.Server;
using IoTStream.Connectors;
using static IoTStream.Coap.Tests.Server.Talk;

namespace IoTStream.Coap.Tests.Connectors;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class CoapSourceTests
{
    [Test]
    public async Task A_confirmable_request_is_answered_when_the_pipeline_has_its_record()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk);
        int before = talk.Network.Sent.Count;
        talk.Send(Post(1, "a")).Should().BeEmpty();

        source.Read().Should().Be(ReadStatus.Drained);
        source.Values.Should().Equal("a");
        source.Headers[0].Text(CoapHeaders.Path).Should().Be("numbers");
        talk.Heard(before).Should().BeEmpty();

        source.Acknowledge(1);
        Heard answer = talk.Heard(before).Should().ContainSingle().Subject;
        (answer.Type, answer.Code, answer.Id).Should().Be((MessageType.Acknowledgement, CoapCode.Changed, 1));
    }

    [Test]
    public async Task What_takes_longer_than_an_epoch_should_is_acknowledged_and_answered_later()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk, hurry: static () => { });
        int before = talk.Network.Sent.Count;
        talk.Send(Post(1, "a"));
        source.Read();
        talk.Time.Advance(TimeSpan.FromSeconds(1.6));
        talk.Heard(before).Select(static heard => (heard.Type, heard.Code)).Should().Equal((MessageType.Acknowledgement, CoapCode.Empty));

        source.Acknowledge(1);
        talk.Heard(before).Select(static heard => (heard.Type, heard.Code)).Should().Equal(
            (MessageType.Acknowledgement, CoapCode.Empty), (MessageType.Confirmable, CoapCode.Changed));
    }

    [Test]
    public async Task What_is_not_confirmable_is_answered_at_once()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk);
        Heard answer = talk.Send(Request(MessageType.NonConfirmable, CoapCode.Put, 1, "numbers", "a"u8)).Should().ContainSingle().Subject;
        (answer.Type, answer.Code).Should().Be((MessageType.NonConfirmable, CoapCode.Changed));
        talk.Send(Request(MessageType.NonConfirmable, CoapCode.Post, 2, "numbers", "b"u8, (OptionNumber.NoResponse, [2]))).Should().BeEmpty("nobody wants it");
        source.Read();
        source.Values.Should().Equal("a", "b");
    }

    [Test]
    public async Task More_than_the_pipeline_can_take_is_refused_and_has_no_effect()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk, options: new CoapSourceOptions { Capacity = 2 });
        talk.Send(Post(1, "a"));
        talk.Send(Post(2, "b"));
        Heard refused = talk.Send(Post(3, "c")).Should().ContainSingle().Subject;
        (refused.Code, refused.Number(OptionNumber.MaxAge)).Should().Be((CoapCode.ServiceUnavailable, 5));
        talk.Send(Post(4, "!d")).Should().ContainSingle().Which.Code.Should().Be(CoapCode.ServiceUnavailable);

        source.Read();
        talk.Send(Post(5, "e")).Should().BeEmpty();
        source.Read();
        source.Values.Should().Equal("a", "b", "e");
        source.DeadLetters.Should().BeEmpty();
    }

    [Test]
    public async Task When_much_waits_for_an_epoch_one_is_asked_for_and_more_is_refused()
    {
        int hurried = 0;
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk, () => hurried++, new CoapSourceOptions { MaximumUnacknowledged = 4 });
        talk.Send(Post(1, "a"));
        source.Read();
        hurried.Should().Be(0);
        talk.Send(Post(2, "b"));
        source.Read();
        hurried.Should().BePositive();
        talk.Send(Post(3, "c"));
        talk.Send(Post(4, "d"));
        talk.Send(Post(5, "e")).Should().ContainSingle().Which.Code.Should().Be(CoapCode.ServiceUnavailable);

        source.Read();
        source.Acknowledge(4);
        talk.Send(Post(6, "f")).Should().BeEmpty();
        source.Read();
        source.Values.Should().Equal("a", "b", "c", "d", "f");
    }

    [Test]
    public async Task What_does_not_decode_is_a_dead_letter_and_the_device_is_told()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk);
        int before = talk.Network.Sent.Count;
        talk.Send(Post(1, "!bad"));
        source.Read();
        source.DeadLetters.Should().ContainSingle().Which.Payload.ToArray().Should().Equal("!bad"u8.ToArray());
        source.Acknowledge(1);
        talk.Heard(before).Should().ContainSingle().Which.Code.Should().Be(CoapCode.BadRequest);
    }

    [Test]
    public async Task Segments_of_the_path_become_parts_of_records()
    {
        await using var talk = new Talk();
        ISource<string> source = talk.Server.Source("rooms/{room}/{kind}", Text.Codec, (text, path) => $"{path["room"]} {path["kind"]}: {text}");
        await using OpenedSource<string> opened = await OpenedSource<string>.OpenAsync(source, talk.Time);
        talk.Send(Request(MessageType.Confirmable, CoapCode.Post, 1, "rooms/12/celsius", "21"u8));
        opened.Read();
        opened.Values.Should().Equal("12 celsius: 21");
    }

    [Test]
    public async Task Only_what_it_is_for_is_taken()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk, options: new CoapSourceOptions { ContentFormats = [CoapContentFormat.Json], Description = new CoapResourceOptions { ResourceType = "numbers" } });
        talk.Get("numbers").Code.Should().Be(CoapCode.MethodNotAllowed);
        talk.Ask(CoapCode.Post, "numbers", "a"u8, (OptionNumber.ContentFormat, [60])).Code.Should().Be(CoapCode.UnsupportedContentFormat);
        talk.Send(Request(MessageType.Confirmable, CoapCode.Post, 1, "numbers", "a"u8, (OptionNumber.ContentFormat, [50]))).Should().BeEmpty();
        talk.Get(".well-known/core").Text.Should().Contain("</numbers>;rt=\"numbers\"");

        await source.DisposeAsync();
        talk.Ask(CoapCode.Post, "numbers", "a"u8).Code.Should().Be(CoapCode.NotFound, "the resource is there as long as the job");
    }

    [Test]
    public async Task A_source_that_drains_takes_nothing_more_and_answers_what_it_has()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk);
        int before = talk.Network.Sent.Count;
        talk.Send(Post(1, "a"));
        source.BeginDrain();
        await Mqtt.Tests.Peers.Limits.UntilAsync(() => source.Read() == ReadStatus.Ended, "the source ends");
        talk.Send(Post(2, "b")).Should().ContainSingle().Which.Code.Should().Be(CoapCode.ServiceUnavailable);
        source.Values.Should().Equal("a");
        source.Acknowledge(1);
        talk.Heard(before)[^1].Code.Should().Be(CoapCode.Changed);
    }

    [Test]
    public async Task A_body_that_comes_in_blocks_is_one_record()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk);
        int before = talk.Network.Sent.Count;
        talk.Ask(CoapCode.Post, "numbers", "0123456789abcdef"u8, Block1(0, true, 0)).Code.Should().Be(CoapCode.Continue);
        talk.Send(Request(MessageType.Confirmable, CoapCode.Post, 7, "numbers", "gh"u8, Block1(1, false, 0)));
        source.Read();
        source.Values.Should().Equal("0123456789abcdefgh");
        source.Acknowledge(1);
        Heard answer = talk.Heard(before)[^1];
        (answer.Code, answer.Block(OptionNumber.Block1)).Should().Be((CoapCode.Changed, new Block(1, false, 0)));
    }

    [Test]
    public async Task A_device_that_asks_again_under_a_new_identifier_as_its_answer_did_not_come_is_recognised_by_its_token()
    {
        byte[] position;
        await using (var talk = new Talk())
        {
            await using OpenedSource<string> source = await OpenAsync(talk, hurry: static () => { });
            talk.Send(Post(1, "a"));
            source.Read();
            talk.Time.Advance(TimeSpan.FromSeconds(3));
            talk.Send(Post(2, "a")).Should().BeEmpty("it waits for the same outcome");
            source.Read();
            source.Values.Should().Equal("a");
            position = source.Position();
        }

        await using var next = new Talk();
        next.Time.Advance(TimeSpan.FromSeconds(10));
        await using OpenedSource<string> resumed = await OpenedSource<string>.OpenAsync(next.Server.Source("numbers", Text.Codec), next.Time, static () => { }, position);
        next.Send(Post(3, "a")).Should().ContainSingle().Which.Code.Should().Be(CoapCode.Changed, "it was committed");
        next.Send(Post(4, "b")).Should().BeEmpty("that is something else");
        resumed.Read();
        resumed.Values.Should().Equal("b");
    }

    [Test]
    public async Task A_device_with_one_token_for_everything_can_say_the_same_again()
    {
        await using var talk = new Talk();
        await using OpenedSource<string> source = await OpenAsync(talk, hurry: static () => { });
        for (ushort id = 1; id <= 3; id++)
        {
            talk.Send(Post(id, "a")).Should().BeEmpty();
            source.Read();
            source.Acknowledge(source.Items);
        }

        source.Values.Should().Equal("a", "a", "a");
    }

    private static byte[] Post(ushort id, string payload) => Request(MessageType.Confirmable, CoapCode.Post, id, "numbers", Encoding.UTF8.GetBytes(payload));

    private static Task<OpenedSource<string>> OpenAsync(Talk talk, Action? hurry = null, CoapSourceOptions? options = null) =>
        OpenedSource<string>.OpenAsync(talk.Server.Source("numbers", Text.Codec, options), talk.Time, hurry);
}
