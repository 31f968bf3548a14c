namespace SmartCity.Simulation;

/// <summary>Chance that is the same in every run: a hash of what is asked about.</summary>
internal static class Chance
{
    /// <summary>64 bits that look random (the finalizer of SplitMix64, by Sebastiano Vigna).</summary>
    public static ulong Of(ulong seed, ulong what)
    {
        ulong bits = (seed * 0x9E3779B97F4A7C15) + what + 0x9E3779B97F4A7C15;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }

    /// <summary>What becomes of a sensor's reading of a round: 2 % are held back, 0.5 % late, 1 % are of no use.</summary>
    public static Fate FateOf(int sensor, long round) => (Of((ulong)sensor + 1, (ulong)round) % 1000) switch
    {
        < 20 => Fate.HeldBack,
        < 25 => Fate.Late,
        < 28 => Fate.CutOff,
        < 30 => Fate.Mistyped,
        < 35 => Fate.Implausible,
        _ => Fate.None,
    };
}
