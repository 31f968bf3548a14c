using System.Diagnostics;

namespace IoTStream.Benchmarks.Macro;

/// <summary>The runs of one variant.</summary>
internal sealed class Runs(Variant variant, int events)
{
    private readonly List<double> _rates = [];
    private readonly List<double> _allocations = [];
    private readonly List<double> _processorTimes = [];
    private Outcome _outcome;

    public Variant Variant { get; } = variant;

    /// <summary>What a run allocated; the median.</summary>
    public double AllocatedBytes => Median.Of(_allocations);

    /// <returns>How many bytes have been allocated so far.</returns>
    public static long CollectAndCount()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalAllocatedBytes(precise: true);
    }

    public async Task<Outcome> RunAsync(bool isMeasured)
    {
        long allocated = CollectAndCount();
        TimeSpan processorTime = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        _outcome = await Variant.RunAsync();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        processorTime = Environment.CpuUsage.TotalTime - processorTime;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        if (isMeasured)
        {
            _rates.Add(events / elapsed.TotalSeconds);
            _allocations.Add(allocated);
            _processorTimes.Add(processorTime.TotalNanoseconds / events);
        }

        return _outcome;
    }

    public Measurement ToMeasurement(string workload, double? steadyBytesPerEvent) =>
        new(workload, Variant.Name, _rates, Median.Of(_processorTimes), AllocatedBytes / events, steadyBytesPerEvent, _outcome.Results);
}
