using IoTStream.Connectors;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>Levels of topics as parts of records, and sources that share a subscription.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class TopicTemplateTests
{
    [Test]
    public async Task Named_levels_become_parts_of_records_and_a_binding_that_fails_a_dead_letter([Values("", "$share/readers/")] string prefix)
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        ISource<(string District, int Sensor, string Value)> source = MqttSource.Subscribe(
            $"{prefix}city/{{district}}/+/{{sensor}}/speed/#",
            Options(broker.Port),
            Text.Codec,
            (value, topic) => (topic["district"], int.Parse(topic["sensor"]), value));
        await using OpenedSource<(string, int, string)> opened = await OpenedSource<(string, int, string)>.OpenAsync(source);
        await using var client = new MqttClient(Options(broker.Port));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        foreach (string topic in (string[])["city/north/x/7/speed", "city/south/y/8/speed/mean", "city/south/y/none/speed", "city/north/x/7/speed", "city/north/x/7/noise"])
        {
            await client.PublishAsync(topic, Bytes("v"), Qos1).AsTask().WaitAsync(Limits.Wait);
        }

        await opened.ReadAsync(4);
        opened.Values.Should().Equal(("north", 7, "v"), ("south", 8, "v"), ("north", 7, "v"));
        opened.DeadLetters.Should().ContainSingle().Which.Headers.Text(MqttHeaders.Topic).Should().Be("city/south/y/none/speed");
    }

    [Test]
    public async Task Sources_that_share_a_subscription_have_each_message_once_between_them()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync("max_queued_messages 0");
        await using OpenedSource<string> one = await OpenedSource<string>.OpenAsync(MqttSource.Subscribe("$share/g/n", Options(broker.Port), Text.Codec));
        await using OpenedSource<string> other = await OpenedSource<string>.OpenAsync(MqttSource.Subscribe("$share/g/n", Options(broker.Port), Text.Codec));
        await using var client = new MqttClient(Options(broker.Port));
        await client.ConnectAsync().WaitAsync(Limits.Wait);
        string[] numbers = [.. Enumerable.Range(0, 100).Select(number => $"{number}")];
        foreach (string number in numbers)
        {
            await client.PublishAsync("n", Bytes(number), Qos1).AsTask().WaitAsync(Limits.Wait);
        }

        // Mosquitto gives the messages to the two in turn.
        await one.ReadAsync(50);
        await other.ReadAsync(50);
        one.Values.Concat(other.Values).Should().BeEquivalentTo(numbers);
    }

    [TestCase("city/speed", "*names no level*")]
    [TestCase("city/{}/speed", "*'{}'*")]
    [TestCase("city/x{district}/speed", "*'x{district}'*")]
    [TestCase("city/{district}/{district}", "*occurs once*")]
    [TestCase("city/#/{district}", "*")]
    public void A_template_that_cannot_work_is_refused_at_once(string template, string message) =>
        FluentActions.Invoking(() => MqttSource.Subscribe(template, Options(1), Text.Codec, (value, _) => value)).Should().Throw<ArgumentException>().WithMessage(message);

    [Test]
    public async Task A_level_that_the_template_does_not_name_is_said_to_be_missing()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await using OpenedSource<string> opened = await OpenedSource<string>.OpenAsync(
            MqttSource.Subscribe("{a}/{b}", Options(broker.Port), Text.Codec, (_, topic) => topic["c"]));
        await Mosquitto.PublishAsync(broker.Port, "-t", "x/y", "-m", "v", "-q", "1");
        await opened.ReadAsync(1);
        opened.DeadLetters[0].Reason.Message.Should().Contain("{c}").And.Contain("{a}, {b}");
    }
}
