using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using IoTStream.State;

namespace IoTStream.Benchmarks.Micro;

/// <summary>The table under every window, beside the dictionary that one would otherwise use: filled once from random keys, then emptied.</summary>
[MemoryDiagnoser]
public class PaneTableBenchmarks
{
    private const int Events = 100_000;

    private readonly PaneTable<int, long> _table = new();
    private readonly Dictionary<int, long> _dictionary = [];
    private int[] _keys = [];

    [Params(1_000, 100_000)]
    public int Keys { get; set; }

    [GlobalSetup]
    public void MakeKeys()
    {
        var random = new Random(42);
        _keys = [.. Enumerable.Range(0, Events).Select(_ => random.Next(Keys))];
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public int PaneTable()
    {
        foreach (int key in _keys)
        {
            ref long count = ref _table.GetOrAdd(key, out bool isNew);
            count = isNew ? 1 : count + 1;
        }

        int keys = _table.Count;
        _table.Clear();
        return keys;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Events)]
    public int Dictionary()
    {
        foreach (int key in _keys)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_dictionary, key, out _)++;
        }

        int keys = _dictionary.Count;
        _dictionary.Clear();
        return keys;
    }
}
