using BenchmarkDotNet.Running;
using IoTStream.Benchmarks.Macro;

if (args is ["macro", .. string[] options])
{
    return await MacroRunner.RunAsync(options);
}

BenchmarkSwitcher.FromAssembly(typeof(MacroRunner).Assembly).Run(args);
return 0;
