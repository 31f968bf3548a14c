using System.Text;

namespace SmartCity.Simulation;

/// <summary>A simulated sensor: where it is, what it measures, and what its messages begin with.</summary>
internal sealed class Sensor
{
    private const long JamMilliseconds = 10 * 60 * 1000;
    private const int OneRoadIn = 20;
    private readonly ulong _roadSeed;

    public Sensor(int index, int road, string topic)
    {
        Index = index;
        Road = $"road-{road:D4}";
        Topic = $"{topic}/{Road}/{index}";
        _roadSeed = (ulong)road;
        Prefix = Encoding.UTF8.GetBytes($$"""{"sensor":{{index}},"sequence":""");
        Infix = Encoding.UTF8.GetBytes($",\"road\":\"{Road}\",\"measuredAt\":");
    }

    public int Index { get; }

    public string Road { get; }

    public string Topic { get; }

    /// <summary>The message up to its number.</summary>
    public byte[] Prefix { get; }

    /// <summary>The message from its number to its time.</summary>
    public byte[] Infix { get; }

    /// <summary>The round whose reading it holds back, if any.</summary>
    public long? HeldBack { get; set; }

    /// <summary>What it measures at a time.</summary>
    public Measurement Measure(long unixMilliseconds)
    {
        ulong chance = Chance.Of((ulong)Index, (ulong)unixMilliseconds);
        int variation = (int)(chance % 120) - 60;

        // Every ten minutes other roads are jammed.
        bool isJammed = Chance.Of(_roadSeed, (ulong)(unixMilliseconds / JamMilliseconds)) % OneRoadIn == 0;
        int tenthsOfSpeed = isJammed ? 110 + (variation / 2) : 480 + variation;
        return new Measurement(unixMilliseconds, (int)((chance >> 8) % (isJammed ? 5u : 15u)), tenthsOfSpeed, (int)((chance >> 16) % 6));
    }
}

/// <summary>What a sensor measures; the speed in tenths of km/h, because whole numbers are quicker to write.</summary>
internal readonly record struct Measurement(long UnixMilliseconds, int Vehicles, int TenthsOfSpeed, int Pedestrians);
