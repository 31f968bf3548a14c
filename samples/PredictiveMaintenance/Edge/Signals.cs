using IoTStream.Time;
using PredictiveMaintenance.Analysis;
using PredictiveMaintenance.Machines;

namespace PredictiveMaintenance.Edge;

/// <summary>The signals that the gateway watches, and how they are made of readings.</summary>
internal static class Signals
{
    public static IReadOnlyList<Signal> OfMotion { get; } =
    [
        new("rms", Fault.Imbalance, 0.03),
        new("crest", Fault.Bearing, 0.15),
        new("kurtosis", Fault.Bearing, 0.15),
        new("low", Fault.Imbalance, 0.03),
        new("middle", Fault.Bearing, 0.01),
        new("high", Fault.Bearing, 0.01),
        new("current", Fault.Overload, 0.3),
    ];

    public static IReadOnlyList<Signal> OfProcess { get; } = [new("temperature", Fault.Overheating, 0.5), new("pressure", Fault.Leak, 0.1)];

    public static Measurement Measure(WindowResult<string, IReadOnlyList<MotionReading>> window)
    {
        Vibration vibration = Vibration.Of([.. window.Value.SelectMany(static reading => reading.Vibration)], MotionReading.Rate);
        return new Measurement(
            window.Key,
            window.Window.End,
            window.Value.Count,
            [
                vibration.Rms, vibration.Crest, vibration.Kurtosis, vibration.Low, vibration.Middle, vibration.High,
                window.Value.Average(static reading => reading.Current),
            ]);
    }

    public static Measurement Measure(WindowResult<string, IReadOnlyList<ProcessReading>> window) => new(
        window.Key,
        window.Window.End,
        window.Value.Count,
        [window.Value.Average(static reading => reading.Temperature), window.Value.Average(static reading => reading.Pressure)]);
}
