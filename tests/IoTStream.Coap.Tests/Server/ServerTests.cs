using System.Text;
using IoTStream.Coap.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Coap.Tests.Server.Talk;

namespace IoTStream.Coap.Tests.Server;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ServerTests
{
    [Test]
    public async Task A_handler_gets_the_whole_request_and_its_answer_comes_with_the_acknowledgement()
    {
        await using var talk = new Talk();
        CoapServerRequest? seen = null;
        talk.Server.Map("config/{device}", (request, _) =>
        {
            seen = request;
            return new(new CoapResponse { Code = CoapCode.Created, Location = "/config/a/1", ETag = new byte[] { 1, 2 }, MaxAge = TimeSpan.FromMinutes(5), Payload = "ok"u8.ToArray(), ContentFormat = CoapContentFormat.Json });
        });

        Heard answer = talk.Ask(CoapCode.Put, "config/gate?a=1&b", "{}"u8, (OptionNumber.ContentFormat, [50]), (OptionNumber.Accept, []), (OptionNumber.IfMatch, [9]), (OptionNumber.IfNoneMatch, []), (OptionNumber.ETag, [3, 4]));

        (answer.Type, answer.Code, answer.Text).Should().Be((MessageType.Acknowledgement, CoapCode.Created, "ok"));
        answer.Option(OptionNumber.ETag).Should().Equal(1, 2);
        answer.Number(OptionNumber.MaxAge).Should().Be(300);
        answer.Number(OptionNumber.ContentFormat).Should().Be(50);
        answer.Option(OptionNumber.LocationPath).Should().Equal("config"u8.ToArray());
        seen!.Path["device"].Should().Be("gate");
        seen.Path.Path.Should().Be("config/gate");
        seen.Query.Should().Equal("a=1", "b");
        (seen.Method, seen.ContentFormat, seen.Accept, seen.IfNoneMatch).Should().Be((CoapCode.Put, CoapContentFormat.Json, CoapContentFormat.Text, true));
        seen.IfMatch.Should().ContainSingle().Which.ToArray().Should().Equal(9);
        seen.ETags.Should().ContainSingle().Which.ToArray().Should().Equal(3, 4);
        Encoding.UTF8.GetString(seen.Payload.Span).Should().Be("{}");
    }

    [Test]
    public async Task A_handler_that_takes_its_time_is_answered_for_later()
    {
        await using var talk = new Talk();
        var done = new TaskCompletionSource<CoapResponse>();
        talk.Server.Map("slow", (_, _) => new(done.Task));

        talk.Send(Request(MessageType.Confirmable, CoapCode.Get, 5, "slow")).Should().BeEmpty();
        int before = talk.Network.Sent.Count;
        talk.Time.Advance(TimeSpan.FromSeconds(3));
        talk.Heard(before).Should().ContainSingle().Which.Code.Should().Be(CoapCode.Empty);

        done.SetResult(new CoapResponse { Code = CoapCode.Content, Payload = "late"u8.ToArray() });
        await Limits.UntilAsync(() => talk.Heard(before).Count > 1, "the answer comes");
        Heard answer = talk.Heard(before)[1];
        (answer.Type, answer.Code, answer.Text).Should().Be((MessageType.Confirmable, CoapCode.Content, "late"));
    }

    [Test]
    public async Task What_a_handler_throws_is_an_error_of_the_server()
    {
        await using var talk = new Talk();
        talk.Server.Map("now", (_, _) => throw new InvalidOperationException());
        talk.Server.Map("later", static async (_, _) =>
        {
            await Task.CompletedTask;
            throw new InvalidOperationException();
        });

        talk.Get("now").Code.Should().Be(CoapCode.InternalServerError);
        int before = talk.Network.Sent.Count;
        talk.Send(Request(MessageType.Confirmable, CoapCode.Get, 7, "later"));
        await Limits.UntilAsync(() => talk.Heard(before).Count > 0, "the answer comes");
        talk.Heard(before)[0].Code.Should().Be(CoapCode.InternalServerError);
        talk.Server.Statistics.Failed.Should().Be(2);
    }

    [Test]
    public async Task What_a_handler_returns_that_cannot_be_sent_is_an_error_of_the_server()
    {
        await using var talk = new Talk();
        talk.Server.Map("far", (_, _) => new(new CoapResponse { Code = CoapCode.Created, Location = string.Join('/', Enumerable.Repeat(new string('x', 200), 20)) }));
        talk.Server.Map("nothing", (_, _) => new((CoapResponse)null!));

        talk.Get("far").Code.Should().Be(CoapCode.InternalServerError);
        talk.Get("nothing").Code.Should().Be(CoapCode.InternalServerError);
        talk.Server.Statistics.Failed.Should().Be(2);
    }

    [Test]
    public async Task The_template_with_more_given_segments_is_meant()
    {
        await using var talk = new Talk();
        talk.Server.Map("a/{x}/c", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = "any"u8.ToArray() }));
        talk.Server.Map("a/b/c", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = "given"u8.ToArray() }));

        talk.Get("a/b/c").Text.Should().Be("given");
        talk.Get("a/x/c").Text.Should().Be("any");
        talk.Get("a/x").Code.Should().Be(CoapCode.NotFound);
        FluentActions.Invoking(() => talk.Server.Map("/a/b/c", (_, _) => default)).Should().Throw<ArgumentException>();
    }

    [Test]
    public async Task Options_that_are_critical_and_not_known_are_refused_and_others_passed_over()
    {
        await using var talk = new Talk();
        talk.Server.Map("a", (_, _) => new(new CoapResponse { Code = CoapCode.Content }));

        talk.Get("a", ((OptionNumber)9, [1])).Code.Should().Be(CoapCode.BadOption);
        talk.Get("a", ((OptionNumber)8 + 2, [1])).Code.Should().Be(CoapCode.Content);
        talk.Get("a", (OptionNumber.Accept, [1, 2, 3])).Code.Should().Be(CoapCode.BadOption, "a value that is too long is one that is not known");
        talk.Get("a", (OptionNumber.Accept, [50]), (OptionNumber.Accept, [50])).Code.Should().Be(CoapCode.BadOption, "it may come once");
        talk.Get("a", (OptionNumber.UriPath, [0xC3])).Code.Should().Be(CoapCode.NotFound, "no resource has a path that is no text");
        talk.Get("a", (OptionNumber.ProxyUri, "coap://b/"u8.ToArray())).Code.Should().Be(CoapCode.ProxyingNotSupported);
        talk.Send(Request(MessageType.NonConfirmable, CoapCode.Get, 7, "a", default, ((OptionNumber)9, [1]))).Should().BeEmpty("what needs no confirmation is rejected in silence");
        talk.Ask((CoapCode)0x1F, "a").Code.Should().Be(CoapCode.MethodNotAllowed);
    }

    [Test]
    public async Task Nobody_gets_an_answer_that_he_does_not_want()
    {
        await using var talk = new Talk();
        talk.Server.Map("a", (_, _) => new(new CoapResponse { Code = CoapCode.Changed }));

        Heard answer = talk.Ask(CoapCode.Post, "a", default, (OptionNumber.NoResponse, [2]));
        (answer.Type, answer.Code).Should().Be((MessageType.Acknowledgement, CoapCode.Empty));
        talk.Send(Request(MessageType.NonConfirmable, CoapCode.Post, 7, "a", default, (OptionNumber.NoResponse, [26]))).Should().BeEmpty();
        talk.Send(Request(MessageType.NonConfirmable, CoapCode.Post, 8, "b", default, (OptionNumber.NoResponse, [2]))).Should().ContainSingle().Which.Code.Should().Be(CoapCode.NotFound);
        talk.Send(Request(MessageType.NonConfirmable, CoapCode.Post, 9, "b", default, (OptionNumber.NoResponse, [8]))).Should().BeEmpty();
        talk.Send(Request(MessageType.NonConfirmable, CoapCode.Post, 10, "a", default, (OptionNumber.NoResponse, []))).Should().ContainSingle();
    }

    [Test]
    public async Task A_group_is_answered_by_those_who_have_something_only()
    {
        await using var talk = new Talk();
        talk.Server.Map("a", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = "here"u8.ToArray() }), new CoapResourceOptions { ResourceType = "lamp" });
        int before = talk.Network.Sent.Count;
        talk.Send(Request(MessageType.NonConfirmable, CoapCode.Get, 1, "b"), isMulticast: true);
        talk.Send(Request(MessageType.NonConfirmable, CoapCode.Get, 2, ".well-known/core?rt=fan"), isMulticast: true);
        talk.Time.Advance(TimeSpan.FromSeconds(6));
        talk.Heard(before).Should().BeEmpty();

        talk.Send(Request(MessageType.NonConfirmable, CoapCode.Get, 3, ".well-known/core?rt=lamp"), isMulticast: true);
        talk.Send(Request(MessageType.NonConfirmable, CoapCode.Get, 4, "a"), isMulticast: true);
        talk.Time.Advance(TimeSpan.FromSeconds(6));
        talk.Heard(before).Select(static heard => heard.Text).Should().BeEquivalentTo("here", "</a>;rt=\"lamp\"");
    }

    [Test]
    public async Task Too_much_work_is_refused_for_a_while()
    {
        await using var talk = new Talk(new CoapServerOptions { MaximumPending = 2, RetryAfter = TimeSpan.FromSeconds(7) });
        talk.Server.Map("slow", (_, _) => new(new TaskCompletionSource<CoapResponse>().Task));
        talk.Send(Request(MessageType.Confirmable, CoapCode.Get, 1, "slow")).Should().BeEmpty();
        talk.Send(Request(MessageType.Confirmable, CoapCode.Get, 2, "slow")).Should().BeEmpty();

        Heard answer = talk.Send(Request(MessageType.Confirmable, CoapCode.Get, 3, "slow")).Should().ContainSingle().Subject;
        answer.Code.Should().Be(CoapCode.ServiceUnavailable);
        answer.Number(OptionNumber.MaxAge).Should().Be(7);
        talk.Server.Statistics.Refused.Should().Be(1);
    }

    [Test]
    public async Task A_stranger_gets_no_more_than_three_times_what_he_sent_until_he_has_shown_where_he_is()
    {
        await using var talk = new Talk(new CoapServerOptions());
        talk.Server.Map("large", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = new byte[1000] }));
        talk.Server.Map("small", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = new byte[10] }));

        talk.Get("small").Code.Should().Be(CoapCode.Content);
        Heard asked = talk.Get("large");
        asked.Code.Should().Be(CoapCode.Unauthorized);
        byte[] echo = asked.Option(OptionNumber.Echo)!;

        talk.Get("large", (OptionNumber.Echo, [.. echo[..^1], (byte)(echo[^1] ^ 1)])).Code.Should().Be(CoapCode.Unauthorized, "it was changed");
        talk.Send(Request(MessageType.Confirmable, CoapCode.Get, 1, "large", default, (OptionNumber.Echo, echo)), from: talk.Network.Add(9).Address)
            .Should().ContainSingle().Which.Code.Should().Be(CoapCode.Unauthorized, "it is somebody else's");
        talk.Get("large", (OptionNumber.Echo, echo)).Payload.Should().HaveCount(1000);
        talk.Get("large").Payload.Should().HaveCount(1000, "he is known now");
        talk.Server.Statistics.Challenged.Should().Be(3);
    }

    [Test]
    public async Task An_old_proof_is_worth_nothing()
    {
        await using var talk = new Talk(new CoapServerOptions());
        talk.Server.Map("large", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = new byte[1000] }));
        byte[] echo = talk.Get("large").Option(OptionNumber.Echo)!;
        talk.Time.Advance(TimeSpan.FromMinutes(6));
        talk.Get("large", (OptionNumber.Echo, echo)).Code.Should().Be(CoapCode.Unauthorized);
    }
}
