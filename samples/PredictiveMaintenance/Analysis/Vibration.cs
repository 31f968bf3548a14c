using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace PredictiveMaintenance.Analysis;

/// <summary>What a stretch of an acceleration sensor's samples says about a machine.</summary>
/// <param name="Rms">Root mean square, in g: how strongly it shakes.</param>
/// <param name="Crest">The highest peak in units of the root mean square: 1.4 for a sine, more where there are knocks.</param>
/// <param name="Kurtosis">The fourth moment in units of the variance squared: 1.5 for a sine, 3 for noise, more where there are knocks.</param>
/// <param name="Low">Energy of the band that has the rotation and its first harmonic.</param>
/// <param name="Middle">Energy of the band of the next harmonics.</param>
/// <param name="High">Energy of the band in which bearings ring.</param>
internal sealed record Vibration(double Rms, double Crest, double Kurtosis, double Low, double Middle, double High)
{
    private const double LowBelow = 60;
    private const double MiddleBelow = 150;

    // In g. What is less is the rounding of the mean, and its shape means nothing.
    private const double LeastRms = 1e-6;

    /// <param name="samples">In g, evenly spaced.</param>
    /// <param name="rate">Samples a second.</param>
    public static Vibration Of(IReadOnlyList<double> samples, double rate)
    {
        double mean = samples.Average();
        double square = 0;
        double fourth = 0;
        double peak = 0;
        var spectrum = new Complex[samples.Count];
        for (int i = 0; i < samples.Count; i++)
        {
            double value = samples[i] - mean;
            square += value * value;
            fourth += value * value * value * value;
            peak = Math.Max(peak, Math.Abs(value));
            spectrum[i] = value;
        }

        square /= samples.Count;
        fourth /= samples.Count;
        double rms = Math.Sqrt(square);
        Fourier.Forward(spectrum, FourierOptions.NoScaling);
        double step = rate / samples.Count;
        return new Vibration(
            rms,
            rms > LeastRms ? peak / rms : 0,
            rms > LeastRms ? fourth / (square * square) : 0,
            Energy(spectrum, 0, LowBelow, step),
            Energy(spectrum, LowBelow, MiddleBelow, step),
            Energy(spectrum, MiddleBelow, rate / 2, step));
    }

    /// <summary>By Parseval's theorem the energies of all bands add up to the mean square.</summary>
    private static double Energy(Complex[] spectrum, double from, double below, double step)
    {
        double energy = 0;
        for (int i = 1; i < (spectrum.Length + 1) / 2; i++)
        {
            double frequency = i * step;
            if (frequency >= from && frequency < below)
            {
                energy += 2 * ((spectrum[i].Real * spectrum[i].Real) + (spectrum[i].Imaginary * spectrum[i].Imaginary));
            }
        }

        return energy / ((double)spectrum.Length * spectrum.Length);
    }
}
