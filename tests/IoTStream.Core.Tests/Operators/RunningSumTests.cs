using IoTStream.Core.Tests.Support;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Operators;

/// <summary>Sums and moments that follow a window for long: slices enter and leave, and what has left must leave no trace.</summary>
[Parallelizable(ParallelScope.All)]
public class RunningSumTests
{
    [Test]
    public void A_sum_of_a_window_is_as_good_after_thousands_of_slices_as_after_the_first() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            var window = new Queue<FloatSum>();
            var running = default(FloatSum);
            for (int i = 0; i < 500; i++)
            {
                FloatSum slice = default;
                slice.Add(Awkward(random));
                window.Enqueue(slice);
                running.Merge(in slice);
                if (window.Count > 5)
                {
                    running.Subtract(window.Dequeue());
                }
            }

            double[] values = [.. window.Select(slice => slice.Value)];
            double exact = values.All(double.IsFinite) ? (double)values.Sum(value => (decimal)value) : values.Sum();
            BeClose(running.Value, exact, 1e-15 * values.Where(double.IsFinite).Sum(Math.Abs));
        });

    [Test]
    public void A_variance_forgets_what_is_not_finite() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            Moments kept = default;
            Moments running = default;
            var leaving = new List<Moments>();
            for (int i = 0; i < 20; i++)
            {
                double value = random.Next(3) == 0 ? NotFinite(random) : random.Next(100);
                Moments slice = default;
                slice.Add(value);
                running.Merge(in slice);
                if (double.IsFinite(value) && random.Next(2) == 0)
                {
                    kept.Add(value);
                }
                else
                {
                    leaving.Add(slice);
                }
            }

            foreach (Moments slice in leaving)
            {
                running.Subtract(in slice);
            }

            BeClose(running.Variance, kept.Variance, 1e-9);
        });

    private static double Awkward(Random random) => random.Next(8) switch
    {
        0 => NotFinite(random),
        1 => 1e12 * random.Next(-9, 10),
        _ => random.Next(-8000, 8000) / 8.0,
    };

    private static double NotFinite(Random random) => random.Next(3) switch
    {
        0 => double.NaN,
        1 => double.PositiveInfinity,
        _ => double.NegativeInfinity,
    };

    private static void BeClose(double actual, double expected, double tolerance)
    {
        if (double.IsFinite(expected))
        {
            actual.Should().BeApproximately(expected, tolerance);
        }
        else
        {
            actual.Should().Be(expected);
        }
    }
}
