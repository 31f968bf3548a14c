using System.Globalization;
using BenchmarkDotNet.Running;
using IoTStream.Benchmarks.Coap;
using IoTStream.Benchmarks.Kafka;
using IoTStream.Benchmarks.Macro;
using IoTStream.Benchmarks.Mqtt;
using IoTStream.Benchmarks.Storage;

switch (args)
{
    case ["macro", .. string[] options]:
        return await MacroRunner.RunAsync(options);
    case ["latency"]:
        await LatencyReport.RunAsync();
        return 0;
    case ["memory"]:
        await MemoryReport.RunAsync();
        return 0;
    case ["epochs", .. string[] workloads]:
        await EpochReport.RunAsync(workloads.Length == 0 ? null : workloads.ToHashSet(StringComparer.OrdinalIgnoreCase));
        return 0;
    case ["durability"]:
        await DurabilityReport.RunAsync();
        return 0;
    case ["recovery"]:
        RecoveryReport.Run();
        await RestartReport.RunAsync();
        return 0;
    case ["mqtt", .. string[] parts]:
        return await MqttReport.RunAsync(parts);
    case ["coap"]:
        return await CoapReport.RunAsync();
    case [CoapHost.Verb, string port]:
        await CoapHost.RunAsync(int.Parse(port, CultureInfo.InvariantCulture));
        return 0;
    case ["storage", .. string[] stores]:
        return await StorageReport.RunAsync(stores);
    case ["kafka", .. string[] parts]:
        return await KafkaReport.RunAsync(parts);
    case [BrokerHost.Verb]:
        await BrokerHost.RunAsync();
        return 0;
    case [SourceHost.Verb, string port, string qualityOfService, string progressFile]:
        await SourceHost.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), int.Parse(qualityOfService, CultureInfo.InvariantCulture), progressFile);
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(MacroRunner).Assembly).Run(args);
        return 0;
}
