using System.Runtime.InteropServices;
using IoTStream.Connectors;
using IoTStream.Operators;

namespace IoTStream.Benchmarks.Macro;

/// <summary>Count, mean and maximum of a device's values in a window.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct DeviceStatistics
{
    public long Count;
    public double Sum;
    public double Max;

    public readonly double Mean => Sum / Count;
}

/// <summary>The aggregate that W2 uses, written as a user would write one.</summary>
internal readonly struct DeviceStatisticsAggregate : IMergeableAggregate<Event, DeviceStatistics, DeviceStatistics>
{
    public DeviceStatistics Create() => new() { Max = double.NegativeInfinity };

    public void Add(ref DeviceStatistics accumulator, Event value, RecordContext context)
    {
        accumulator.Count++;
        accumulator.Sum += value.Value;
        accumulator.Max = double.MaxNative(accumulator.Max, value.Value);
    }

    public void Merge(ref DeviceStatistics accumulator, in DeviceStatistics other)
    {
        accumulator.Count += other.Count;
        accumulator.Sum += other.Sum;
        accumulator.Max = double.MaxNative(accumulator.Max, other.Max);
    }

    public DeviceStatistics GetResult(in DeviceStatistics accumulator) => accumulator;
}
