using BenchmarkDotNet.Attributes;
using IoTStream.State;

namespace IoTStream.Benchmarks.Micro;

/// <summary>What it costs to add a value to a sketch.</summary>
[MemoryDiagnoser]
public class SketchBenchmarks
{
    private const int Values = 10_000;

    private readonly double[] _values = new double[Values];
    private readonly LogarithmicBins _bins = new(0.01);

    [GlobalSetup]
    public void MakeValues()
    {
        var random = new Random(42);
        for (int i = 0; i < Values; i++)
        {
            _values[i] = Math.Exp(random.NextDouble() * 7);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Values)]
    public double Sum()
    {
        double sum = 0;
        foreach (double value in _values)
        {
            sum += value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Values)]
    public long Quantile()
    {
        var sketch = new QuantileSketch();
        foreach (double value in _values)
        {
            sketch.Add(value, in _bins);
        }

        return sketch.Count;
    }

    [Benchmark(OperationsPerInvoke = Values)]
    public double Distinct()
    {
        var sketch = new DistinctSketch(12);
        foreach (double value in _values)
        {
            sketch.Add(StableHash.OfInteger((ulong)BitConverter.DoubleToInt64Bits(value)));
        }

        return sketch.Estimate();
    }

    [Benchmark(OperationsPerInvoke = Values)]
    public int MostFrequent()
    {
        var sketch = new FrequencySketch<int>(100);
        foreach (double value in _values)
        {
            sketch.Add((int)value);
        }

        return sketch.Counts.Count;
    }

    [Benchmark(OperationsPerInvoke = Values)]
    public int Top()
    {
        var list = new TopList<double>(10);
        foreach (double value in _values)
        {
            list.Add(value, value, 0);
        }

        return list.Values.Length;
    }
}
