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
    case ["recovery"]:
        RecoveryReport.Run();
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(MacroRunner).Assembly).Run(args);
        return 0;
}
