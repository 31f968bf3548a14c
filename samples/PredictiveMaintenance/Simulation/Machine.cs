using PredictiveMaintenance.Analysis;
using PredictiveMaintenance.Machines;

namespace PredictiveMaintenance.Simulation;

/// <summary>A machine with sensors of vibration, current, temperature and pressure.</summary>
internal sealed class Machine(string name, Scenario scenario, int seed)
{
    /// <summary>How often it reports.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private const double Rotation = 25;
    private const double RingingAt = 230;
    private const int KnockEvery = 40;
    private const double WearAnHour = 0.05;

    private readonly Random _random = new(seed);
    private readonly Injection[] _injections = [.. scenario.Injections.Where(injection => injection.Machine == name)];
    private long _number;
    private long _sample;

    public string Name => name;

    public (MotionReading Motion, ProcessReading Process) Report(DateTimeOffset at, TimeSpan hour)
    {
        Fault? fault = Array.Find(_injections, injection => injection.IsOn(at))?.Fault;
        double wear = name == scenario.Worn ? WearAnHour * ((at - scenario.From) / hour) : 0;
        double amplitude = (1 + (wear * Math.Sqrt(2))) * (fault == Fault.Imbalance ? 1.8 : 1);
        double[] vibration = new double[(int)(MotionReading.Rate * Interval.TotalSeconds)];
        for (int i = 0; i < vibration.Length; i++, _sample++)
        {
            double time = (double)_sample / MotionReading.Rate;
            double knock = fault == Fault.Bearing ? 3 * Math.Exp(-(_sample % KnockEvery) / 6.0) * Math.Cos(2 * Math.PI * RingingAt * time) : 0;
            vibration[i] = Math.Round((amplitude * Math.Sin(2 * Math.PI * Rotation * time)) + knock + Noise(0.15), 3);
        }

        _number++;
        double current = 20 + (fault == Fault.Overload ? 6 : 0) + Noise(0.2);
        double temperature = 60 + (fault == Fault.Overheating ? 8 : 0) + Noise(0.2);
        double pressure = 6 - (fault == Fault.Leak ? 1.5 : 0) + Noise(0.05);
        return (
            new MotionReading(_number, at.ToUnixTimeMilliseconds(), vibration, Math.Round(current, 2)),
            new ProcessReading(_number, at.ToUnixTimeMilliseconds(), Math.Round(temperature, 2), Math.Round(pressure, 3)));
    }

    /// <summary>Normally distributed, by the method of Box and Muller.</summary>
    private double Noise(double deviation) => deviation * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
