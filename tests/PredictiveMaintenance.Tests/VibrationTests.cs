using PredictiveMaintenance.Analysis;

namespace PredictiveMaintenance.Tests;

public sealed class VibrationTests
{
    private const double Rate = 640;

    [Test]
    public void A_sine_has_the_features_of_a_sine()
    {
        Vibration sine = Vibration.Of(Samples(static time => 2 * Math.Sin(2 * Math.PI * 26 * time)), Rate);
        sine.Rms.Should().BeApproximately(Math.Sqrt(2), 1e-9);
        sine.Crest.Should().BeApproximately(Math.Sqrt(2), 0.01);
        sine.Kurtosis.Should().BeApproximately(1.5, 1e-9);
        sine.Low.Should().BeApproximately(2, 1e-9);
        sine.Middle.Should().BeApproximately(0, 1e-9);
        sine.High.Should().BeApproximately(0, 1e-9);
    }

    [Test]
    public void The_energies_of_all_bands_are_the_mean_square()
    {
        var random = new Random(3);
        Vibration noise = Vibration.Of(Samples(_ => random.NextDouble() - 0.5), Rate);
        (noise.Low + noise.Middle + noise.High).Should().BeApproximately(noise.Rms * noise.Rms, 0.02 * noise.Rms * noise.Rms, "the highest frequency of all is in no band");
    }

    [Test]
    public void Knocks_show_in_kurtosis_and_crest_before_they_show_in_the_root_mean_square()
    {
        Vibration smooth = Vibration.Of(Samples(static time => Math.Sin(2 * Math.PI * 26 * time)), Rate);
        int sample = 0;
        Vibration knocking = Vibration.Of(Samples(time => Math.Sin(2 * Math.PI * 26 * time) + (sample++ % 80 == 0 ? 4 : 0)), Rate);
        (knocking.Kurtosis / smooth.Kurtosis).Should().BeGreaterThan(2);
        (knocking.Crest / smooth.Crest).Should().BeGreaterThan(2);
        (knocking.Rms / smooth.Rms).Should().BeLessThan(1.3);
    }

    [Test]
    public void A_sensor_that_is_stuck_has_no_vibration()
    {
        Vibration stuck = Vibration.Of(Samples(static _ => 0.7), Rate);
        (stuck.Crest, stuck.Kurtosis).Should().Be((0, 0));
        stuck.Rms.Should().BeLessThan(1e-12);
    }

    private static double[] Samples(Func<double, double> of) => [.. Enumerable.Range(0, 320).Select(i => of(i / Rate))];
}
