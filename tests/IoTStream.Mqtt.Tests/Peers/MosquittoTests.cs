namespace IoTStream.Mqtt.Tests.Peers;

/// <summary>The helpers themselves, with Mosquitto at both ends: if these fail, no other test with a peer says anything.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MosquittoTests
{
    [Test]
    public async Task Mosquitto_talks_to_itself_also_after_a_restart()
    {
        await using MosquittoBroker broker = await Mosquitto.StartBrokerAsync();
        await Mosquitto.PublishAsync(broker.Port, "-t", "a/b", "-m", "before", "-r");
        await using PeerProcess subscriber = Mosquitto.Subscribe(broker.Port, "-t", "a/#", "-C", "1");
        (await subscriber.LinesAsync(1)).Should().Equal("before");

        await broker.RestartAsync();
        await Mosquitto.PublishAsync(broker.Port, "-t", "a/b", "-m", "after", "-r");
        await using PeerProcess second = Mosquitto.Subscribe(broker.Port, "-t", "a/#", "-C", "1");
        (await second.LinesAsync(1)).Should().Equal("after");
    }
}
