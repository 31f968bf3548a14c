using BenchmarkDotNet.Attributes;
using IoTStream.State;

namespace IoTStream.Benchmarks.Micro;

/// <summary>The hash that decides which lane a key belongs to, beside the runtime's own.</summary>
public class StableHashBenchmarks
{
    private readonly Func<string, uint> _text = StableHash.For<string>()!;
    private readonly Func<int, uint> _integer = StableHash.For<int>()!;
    private readonly Func<(string, int), uint> _tuple = StableHash.For<(string, int)>()!;
    private readonly string _key = "district-7/road-1234/sensor-56";

    [Benchmark]
    public uint Text() => _text(_key);

    [Benchmark]
    public int TextOfRuntime() => StringComparer.Ordinal.GetHashCode(_key);

    [Benchmark]
    public uint Integer() => _integer(123_456);

    [Benchmark]
    public uint Tuple() => _tuple((_key, 56));
}
