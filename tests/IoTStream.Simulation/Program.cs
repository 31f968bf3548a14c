using System.Globalization;
using IoTStream.Mqtt;
using IoTStream.Simulation.Kill;
using IoTStream.Simulation.Log;

// Started by tests, to be killed by them.
switch (args)
{
    case ["write-topic", string directory]:
        TopicProcess.Run(directory);
        return 0;
    case ["run-job", string port, string qualityOfService, string database, string directory]:
        await KilledJob.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), Enum.Parse<MqttQualityOfService>(qualityOfService), database, directory);
        return 0;
    case ["run-forwarding", string port, string directory]:
        await ForwardingJob.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), directory);
        return 0;
    case ["run-broker", string port, string directory]:
        await KilledBroker.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), directory);
        return 0;
    case ["run-coap-job", string port, string directory]:
        await KilledCoapJob.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), directory);
        return 0;
    case ["run-coap-sender", string uri, string count, string directory]:
        await KilledCoapSender.RunAsync(new Uri(uri), long.Parse(count, CultureInfo.InvariantCulture), directory);
        return 0;
    default:
        return 1;
}
