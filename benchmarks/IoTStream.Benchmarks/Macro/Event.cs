using System.Runtime.InteropServices;

namespace IoTStream.Benchmarks.Macro;

/// <summary>The event of all workloads: a device's reading, 24 bytes.</summary>
[StructLayout(LayoutKind.Auto)]
public struct Event
{
    public int DeviceId;
    public long TimestampMs;
    public double Value;
}
