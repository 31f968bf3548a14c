using BenchmarkDotNet.Running;
using IoTStream.Benchmarks.Macro;

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
    default:
        BenchmarkSwitcher.FromAssembly(typeof(MacroRunner).Assembly).Run(args);
        return 0;
}
