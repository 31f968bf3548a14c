using IoTStream.Amqp.Tests.Peers;

namespace IoTStream.Amqp.Tests;

/// <summary>Ends the server that the tests share.</summary>
[SetUpFixture]
public sealed class SharedServerLife
{
    [OneTimeTearDown]
    public Task StopAsync() => SharedServer.StopAsync();
}
