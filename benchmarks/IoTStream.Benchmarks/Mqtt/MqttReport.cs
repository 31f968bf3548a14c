namespace IoTStream.Benchmarks.Mqtt;

/// <summary>How our MQTT does beside Mosquitto's, in one run.</summary>
internal static class MqttReport
{
    private static readonly (string Name, Func<Task> RunAsync)[] Parts =
    [
        ("source", SourceReport.RunAsync),
        ("broker", BrokerReport.RunAsync),
        ("connections", ConnectionReport.RunAsync),
        ("subscriptions", SubscriptionReport.RunAsync),
    ];

    public static async Task<int> RunAsync(IReadOnlyList<string> names)
    {
        if (!OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync("mqtt: skipped, its load generator needs epoll, which Linux has.");
            return 2;
        }

        foreach ((string name, Func<Task> runAsync) in Parts.Where(part => names.Count == 0 || names.Contains(part.Name, StringComparer.OrdinalIgnoreCase)))
        {
            await runAsync();
        }

        return 0;
    }
}
