namespace IoTStream.Amqp.Tests.Peers;

/// <summary>One server for all tests that do not kill it, as it takes seconds to start; started by the first that needs it.</summary>
internal static class SharedServer
{
    private static readonly Lazy<Task<RabbitMqServer>> Starting = new(static () => Task.Run(RabbitMqServer.StartAsync));

    public static Task<RabbitMqServer> GetAsync() => Starting.Value;

    public static async Task StopAsync()
    {
        if (Starting.IsValueCreated && Starting.Value.IsCompletedSuccessfully)
        {
            await (await Starting.Value).DisposeAsync();
        }
    }
}
