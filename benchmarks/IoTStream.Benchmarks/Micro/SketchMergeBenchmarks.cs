using BenchmarkDotNet.Attributes;
using IoTStream.State;

namespace IoTStream.Benchmarks.Micro;

/// <summary>What it costs when a slice of 1,000 values enters and leaves a window, and what a result costs.</summary>
[MemoryDiagnoser]
public class SketchMergeBenchmarks
{
    private readonly LogarithmicBins _bins = new(0.01);
    private readonly QuantileSketch _quantiles = new();
    private readonly QuantileSketch _quantilesOfSlice = new();
    private readonly DistinctSketch _distinct = new(12);
    private readonly DistinctSketch _distinctOfSlice = new(12);
    private readonly TimedList<double> _samples = new();
    private readonly TimedList<double> _samplesOfSlice = new();

    [GlobalSetup]
    public void MakeSlice()
    {
        var random = new Random(42);
        for (int i = 0; i < 1000; i++)
        {
            double value = Math.Exp(random.NextDouble() * 7);
            _quantilesOfSlice.Add(value, in _bins);
            _distinctOfSlice.Add((uint)random.NextInt64(1L << 32));
            _samplesOfSlice.Add(i, value);
        }
    }

    [Benchmark]
    public void QuantileInAndOut()
    {
        _quantiles.Merge(_quantilesOfSlice);
        _quantiles.Subtract(_quantilesOfSlice);
    }

    [Benchmark]
    public double QuantileResult() => _quantilesOfSlice.ValueAt(990, in _bins);

    [Benchmark]
    public void DistinctIn() => _distinct.Merge(_distinctOfSlice);

    [Benchmark]
    public double DistinctResult() => _distinctOfSlice.Estimate();

    [Benchmark]
    public void SamplesInAndOut()
    {
        _samples.Merge(_samplesOfSlice);
        _samples.Subtract(_samplesOfSlice);
    }
}
