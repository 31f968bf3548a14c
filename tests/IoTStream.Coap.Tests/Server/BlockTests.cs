using IoTStream.Coap.Protocol;
using static IoTStream.Coap.Tests.Server.Talk;

namespace IoTStream.Coap.Tests.Server;

/// <summary>RFC 7959 and the request tag of RFC 9175.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class BlockTests
{
    [Test]
    public async Task A_body_comes_in_blocks_and_is_handed_over_once_as_a_whole([Values(0, 3, 6)] int exponent)
    {
        await using Talk talk = Open(out List<byte[]> bodies);
        byte[] body = Body(5000);
        int size = 1 << (exponent + 4);
        int count = (body.Length + size - 1) / size;
        for (int i = 0; i < count; i++)
        {
            bool more = i < count - 1;
            Heard answer = talk.Ask(CoapCode.Put, "a", body.AsSpan(i * size, Math.Min(size, body.Length - (i * size))), Block1(i, more, exponent));
            answer.Code.Should().Be(more ? CoapCode.Continue : CoapCode.Changed);
            answer.Block(OptionNumber.Block1).Should().Be(new Block(i, more, exponent));
        }

        bodies.Should().ContainSingle().Which.Should().Equal(body);
    }

    [Test]
    public async Task A_body_of_one_block_is_a_body()
    {
        await using Talk talk = Open(out List<byte[]> bodies);
        talk.Ask(CoapCode.Put, "a", [1, 2], Block1(0, false, 6)).Block(OptionNumber.Block1).Should().Be(new Block(0, false, 6));
        bodies.Should().ContainSingle().Which.Should().Equal(1, 2);
    }

    [Test]
    public async Task A_block_that_is_missing_or_of_another_format_ends_the_body()
    {
        await using Talk talk = Open(out List<byte[]> bodies);
        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(1, true, 0)).Code.Should().Be(CoapCode.RequestEntityIncomplete, "there was no first one");
        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(0, true, 0)).Code.Should().Be(CoapCode.Continue);
        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(2, false, 0)).Code.Should().Be(CoapCode.RequestEntityIncomplete, "the second one is missing");
        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(1, false, 0)).Code.Should().Be(CoapCode.RequestEntityIncomplete, "it was given up");

        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(0, true, 0), (OptionNumber.ContentFormat, [50])).Code.Should().Be(CoapCode.Continue);
        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(1, false, 0), (OptionNumber.ContentFormat, [60])).Code.Should().Be(CoapCode.RequestEntityIncomplete);
        bodies.Should().BeEmpty();
    }

    [Test]
    public async Task A_first_block_begins_anew()
    {
        await using Talk talk = Open(out List<byte[]> bodies);
        talk.Ask(CoapCode.Put, "a", Body(16), Block1(0, true, 0));
        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(0, true, 0));
        talk.Ask(CoapCode.Put, "a", [9], Block1(1, false, 0)).Code.Should().Be(CoapCode.Changed);
        bodies.Should().ContainSingle().Which.Should().Equal([.. new byte[16], 9]);
    }

    [Test]
    public async Task Bodies_with_tags_of_their_own_do_not_mix()
    {
        await using Talk talk = Open(out List<byte[]> bodies);
        talk.Ask(CoapCode.Put, "a", Body(16), Block1(0, true, 0), (OptionNumber.RequestTag, [1]));
        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(0, true, 0), (OptionNumber.RequestTag, [2]));
        talk.Ask(CoapCode.Put, "a", [1], Block1(1, false, 0), (OptionNumber.RequestTag, [1]));
        talk.Ask(CoapCode.Put, "a", [2], Block1(1, false, 0), (OptionNumber.RequestTag, [2]));
        bodies.Should().HaveCount(2);
        bodies[0].Should().Equal([.. Body(16), 1]);
        bodies[1].Should().Equal([.. new byte[16], 2]);
    }

    [Test]
    public async Task A_body_that_is_too_large_is_refused_as_soon_as_that_is_known()
    {
        await using Talk talk = Open(out List<byte[]> bodies, new CoapServerOptions { MaximumBodySize = 40 });
        Heard announced = talk.Ask(CoapCode.Put, "a", new byte[16], Block1(0, true, 0), (OptionNumber.Size1, [41]));
        (announced.Code, announced.Number(OptionNumber.Size1)).Should().Be((CoapCode.RequestEntityTooLarge, 40));

        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(0, true, 0)).Code.Should().Be(CoapCode.Continue);
        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(1, true, 0)).Code.Should().Be(CoapCode.Continue);
        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(2, true, 0)).Code.Should().Be(CoapCode.RequestEntityTooLarge);
        bodies.Should().BeEmpty();
    }

    [TestCase(0, true, 0, 15, TestName = "A block that is not full, with others behind it")]
    [TestCase(0, false, 0, 17, TestName = "A block that is too long")]
    [TestCase(0, true, 7, 1024, TestName = "The exponent 7 over datagrams")]
    public async Task Blocks_that_are_not_what_they_say_are_refused(int number, bool more, int exponent, int length)
    {
        await using Talk talk = Open(out _);
        talk.Ask(CoapCode.Put, "a", new byte[length], Block1(number, more, exponent)).Code.Should().Be(CoapCode.BadRequest);
    }

    [Test]
    public async Task Bodies_that_nobody_ends_do_not_fill_the_memory()
    {
        await using Talk talk = Open(out List<byte[]> bodies, new CoapServerOptions { MaximumPartialBytes = 10_000 });
        for (byte tag = 0; tag < 100; tag++)
        {
            talk.Ask(CoapCode.Put, "a", new byte[1024], Block1(0, true, 6), (OptionNumber.RequestTag, [tag])).Code.Should().Be(CoapCode.Continue);
        }

        talk.Ask(CoapCode.Put, "a", [1], Block1(1, false, 6), (OptionNumber.RequestTag, [0])).Code.Should().Be(CoapCode.RequestEntityIncomplete, "it had to make room");
        talk.Ask(CoapCode.Put, "a", [1], Block1(1, false, 6), (OptionNumber.RequestTag, [99])).Code.Should().Be(CoapCode.Changed);
        talk.Ask(CoapCode.Put, "a", new byte[16], Block1(0, true, 0));
        talk.Time.Advance(TimeSpan.FromMinutes(5));
        talk.Ask(CoapCode.Put, "a", [1], Block1(1, false, 0)).Code.Should().Be(CoapCode.RequestEntityIncomplete, "it is too late");
        bodies.Should().ContainSingle();
    }

    [Test]
    public async Task A_large_answer_goes_in_blocks_that_are_of_one_answer([Values(0, 4, 6)] int exponent)
    {
        await using var talk = new Talk();
        byte fill = 0;
        talk.Server.Map("a", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = Enumerable.Repeat(++fill, 3000).ToArray() }));
        List<byte> body = [];
        byte[]? etag = null;
        for (int number = 0; ; number++)
        {
            Heard answer = talk.Get("a", Block2(number, exponent));
            answer.Code.Should().Be(CoapCode.Content);
            etag ??= answer.Option(OptionNumber.ETag);
            answer.Option(OptionNumber.ETag).Should().Equal(etag);
            Block block = answer.Block(OptionNumber.Block2)!.Value;
            (block.Number, block.Exponent).Should().Be((number, exponent));
            body.AddRange(answer.Payload);
            if (number == 0)
            {
                answer.Number(OptionNumber.Size2).Should().Be(3000);
            }

            if (!block.More)
            {
                break;
            }
        }

        body.Should().Equal(Enumerable.Repeat((byte)1, 3000), "the handler was asked once");
        talk.Get("a", Block2(1000, exponent)).Code.Should().Be(CoapCode.BadRequest);
    }

    [Test]
    public async Task A_large_answer_begins_with_a_block_although_nobody_asked_for_one()
    {
        await using var talk = new Talk();
        talk.Server.Map("a", (_, _) => new(new CoapResponse { Code = CoapCode.Content, Payload = Body(1500) }));
        Heard first = talk.Get("a");
        first.Block(OptionNumber.Block2).Should().Be(new Block(0, true, 6));
        Heard second = talk.Get("a", Block2(1, 6));
        second.Block(OptionNumber.Block2).Should().Be(new Block(1, false, 6));
        ((byte[])[.. first.Payload, .. second.Payload]).Should().Equal(Body(1500));
    }

    [Test]
    public async Task A_body_in_blocks_can_be_answered_in_blocks()
    {
        await using var talk = new Talk();
        talk.Server.Map("a", (request, _) => new(new CoapResponse { Code = CoapCode.Changed, Payload = request.Payload.ToArray().Reverse().ToArray() }));
        talk.Ask(CoapCode.Post, "a", Body(32).AsSpan(0, 16), Block1(0, true, 0));
        Heard first = talk.Ask(CoapCode.Post, "a", Body(32).AsSpan(16), Block1(1, false, 0), Block2(0, 0));
        (first.Block(OptionNumber.Block1), first.Block(OptionNumber.Block2)).Should().Be((new Block(1, false, 0), new Block(0, true, 0)));
        Heard second = talk.Ask(CoapCode.Post, "a", default, Block2(1, 0));
        ((byte[])[.. first.Payload, .. second.Payload]).Should().Equal(Body(32).Reverse());
    }

    private static Talk Open(out List<byte[]> bodies, CoapServerOptions? options = null)
    {
        var talk = new Talk((options ?? new CoapServerOptions()) with { MaximumAmplification = double.PositiveInfinity });
        List<byte[]> seen = [];
        talk.Server.Map("a", (request, _) =>
        {
            seen.Add(request.Payload.ToArray());
            return new(new CoapResponse { Code = CoapCode.Changed });
        });
        bodies = seen;
        return talk;
    }

    private static byte[] Body(int length) => [.. Enumerable.Range(0, length).Select(static i => (byte)(i * 7))];
}
