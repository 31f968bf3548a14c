using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Server;

/// <summary>What observers of a value are told when others do something with it.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ValueTests
{
    private static readonly (OptionNumber Number, byte[] Value) Observe = (OptionNumber.Observe, []);

    [Test]
    public async Task Observers_of_a_value_that_is_taken_away_are_told_and_forgotten()
    {
        await using var talk = new Talk();
        CoapValue value = talk.Server.MapValue("value");
        value.Set("1"u8.ToArray());
        talk.Get("value", Observe).Text.Should().Be("1");
        int before = talk.Network.Sent.Count;

        value.Remove();

        Heard told = talk.Heard(before).Should().ContainSingle().Subject;
        (told.Type, told.Code, told.Option(OptionNumber.Observe)).Should().Be((MessageType.Confirmable, CoapCode.NotFound, null));
        value.Observers.Should().Be(0);
        talk.Get("value").Code.Should().Be(CoapCode.NotFound);
        Acknowledge(talk, told);
        before = talk.Network.Sent.Count;
        value.Set("2"u8.ToArray());
        talk.Heard(before).Should().BeEmpty("it does not observe any more");
        talk.Get("value").Text.Should().Be("2");
    }

    [Test]
    public async Task Observers_of_a_value_with_another_format_are_told_and_forgotten()
    {
        await using var talk = new Talk();
        CoapValue value = talk.Server.MapValue("value");
        value.Set("1"u8.ToArray(), CoapContentFormat.Json);
        talk.Get("value", Observe).Code.Should().Be(CoapCode.Content);
        int before = talk.Network.Sent.Count;

        value.Set(new byte[] { 1 }, CoapContentFormat.Cbor);

        Heard told = talk.Heard(before).Should().ContainSingle().Subject;
        (told.Type, told.Code).Should().Be((MessageType.Confirmable, CoapCode.NotAcceptable));
        value.Observers.Should().Be(0);
        Acknowledge(talk, told);
        talk.Get("value", Observe).Number(OptionNumber.ContentFormat).Should().Be((uint)CoapContentFormat.Cbor);
        value.Observers.Should().Be(1);
    }

    [Test]
    public async Task What_another_request_changes_is_told_and_reading_does_not_end_an_observation()
    {
        await using var talk = new Talk();
        CoapValue value = talk.Server.MapValue("value");
        talk.Server.Map("set", (request, _) =>
        {
            value.Set(request.Payload);
            return new(new CoapResponse { Code = CoapCode.Changed });
        });
        value.Set("1"u8.ToArray());
        talk.Get("value", Observe);
        talk.Get("value").Option(OptionNumber.Observe).Should().BeNull();
        value.Observers.Should().Be(1);

        int before = talk.Network.Sent.Count;
        talk.Send(Talk.Request(MessageType.Confirmable, CoapCode.Put, 7, "set", "2"u8));

        talk.Heard(before).Should().Contain(static heard => heard.Text == "2");
    }

    private static void Acknowledge(Talk talk, Heard heard) => talk.Send([0x60, 0, (byte)(heard.Id >> 8), (byte)heard.Id]);
}
