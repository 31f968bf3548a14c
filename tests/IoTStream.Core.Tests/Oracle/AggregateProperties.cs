using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Each aggregate against what anyone would compute from the complete list, however records are added, merged and subtracted.</summary>
[Parallelizable(ParallelScope.All)]
public class AggregateProperties
{
    /// <summary>The relative error of one rounding.</summary>
    private const double Rounding = 1.2e-16;

    [Test]
    public void Count() => Exact(Aggregates.Count<Sample>(), all => (long)all.Length);

    [Test]
    public void Sum_of_integers() => Exact(Aggregates.Sum<Sample, long>(sample => sample.Item), all => all.Sum(sample => (long)sample.Item));

    [Test]
    public void Sum_of_decimals() => Exact(
        Aggregates.Sum<Sample, decimal>(sample => (decimal)sample.Value), all => all.Sum(sample => (decimal)sample.Value));

    [Test]
    public void Sum_of_floats() => Close(
        Aggregates.Sum<Sample>(sample => sample.Value),
        all => (double)all.Sum(sample => (decimal)sample.Value),
        input => Rounding * input.All.Count() * input.Magnitude * input.Kept.Length);

    [Test]
    public void Mean() => Close(
        Aggregates.Mean<Sample>(sample => sample.Value),
        all => (double)all.Average(sample => (decimal)sample.Value),
        input => Rounding * input.All.Count() * input.Magnitude);

    [Test]
    public void Min() => Exact(Aggregates.Min<Sample>(sample => sample.Value), all => all.Min(sample => sample.Value));

    [Test]
    public void Max() => Exact(Aggregates.Max<Sample>(sample => sample.Value), all => all.Max(sample => sample.Value));

    [Test]
    public void Variance() => Close(Aggregates.Variance<Sample>(sample => sample.Value), all => Squares(all) / all.Length, OfVariance);

    [Test]
    public void Sample_variance() => Close(
        Aggregates.SampleVariance<Sample>(sample => sample.Value),
        all => all.Length == 1 ? double.NaN : Squares(all) / (all.Length - 1),
        input => 2 * OfVariance(input));

    [Test]
    public void First() => Exact(Aggregates.First<Sample>(), all => all.MinBy(sample => sample.Time)!);

    [Test]
    public void Last() => Exact(Aggregates.Last<Sample, double>(sample => sample.Value), all => all.MaxBy(sample => sample.Time)!.Value);

    [Test]
    public void Collect() => Holds(Aggregates.Collect<Sample>(), (input, actual) => actual.Should().Equal(input.InTime));

    [Test]
    public void Time_weighted() => Holds(Aggregates.TimeWeighted<Sample>(sample => sample.Value), (input, actual) =>
    {
        Sample[] inTime = [.. input.InTime];
        long end = inTime[^1].Time + 500;
        var until = new DateTimeOffset(end, TimeSpan.Zero);
        double tolerance = Rounding * 100 * input.Magnitude;

        actual.Last.Should().Be(inTime[^1].Value);
        actual.Duration.Ticks.Should().Be(inTime[^1].Time - inTime[0].Time);
        actual.Average.Should().BeApproximately(inTime.Length == 1 ? inTime[0].Value : Average([.. inTime]), tolerance);
        actual.AverageUntil(until).Should().BeApproximately(Average([.. inTime, new Sample(end, 0, 0)]), tolerance);

        static double Average(Sample[] inTime) => (double)(inTime.Zip(inTime.Skip(1), (a, b) => (decimal)a.Value * (b.Time - a.Time)).Sum()
            / (inTime[^1].Time - inTime[0].Time));
    });

    [Test]
    public void Integral() => Close(
        Aggregates.Integral<Sample>(sample => sample.Value, TimeSpan.FromMilliseconds(1)),
        all => (double)(InTime(all).Zip(InTime(all).Skip(1), (a, b) => ((decimal)a.Value + (decimal)b.Value) / 2 * (b.Time - a.Time)).Sum()
            / TimeSpan.TicksPerMillisecond),
        input => Rounding * 100 * input.Magnitude * (InTime(input.Kept)[^1].Time - InTime(input.Kept)[0].Time) / TimeSpan.TicksPerMillisecond);

    [Test]
    public void Increase() => Close(
        Aggregates.Increase<Sample>(sample => Math.Abs(sample.Value)), all => (double)Grown(all), input => Rounding * 100 * input.Magnitude * input.Kept.Length);

    [Test]
    public void Rate() => Close(
        Aggregates.Rate<Sample>(sample => Math.Abs(sample.Value), TimeSpan.FromTicks(1)),
        all => all.Length == 1 ? double.NaN : (double)(Grown(all) / (InTime(all)[^1].Time - InTime(all)[0].Time)),
        input => Rounding * 100 * input.Magnitude * input.Kept.Length);

    [Test]
    public void Trend() => Holds(Aggregates.Trend<Sample>(sample => sample.Value), (input, actual) =>
    {
        Sample[] all = [.. input.InTime];
        if (all.Length == 1)
        {
            actual.SlopePerSecond.Should().Be(double.NaN);
            return;
        }

        decimal time = all.Average(sample => (decimal)(sample.Time - all[0].Time));
        decimal value = all.Average(sample => (decimal)sample.Value);
        double squares = (double)all.Sum(sample => (sample.Time - all[0].Time - time) * (sample.Time - all[0].Time - time));
        double products = all.Sum(sample => (double)(sample.Time - all[0].Time - time) * (double)((decimal)sample.Value - value));

        // What was subtracted spans more time and values than what is left, and its rounding stays behind.
        double duration = input.All.Max(sample => sample.Time) - input.All.Min(sample => sample.Time);
        double lost = Rounding * 100 * input.All.Count() * duration * (input.Magnitude + (Math.Abs(products / squares) * duration)) * input.All.Count();
        double slope = products / squares * TimeSpan.TicksPerSecond;
        double tolerance = lost / squares * TimeSpan.TicksPerSecond;
        actual.SlopePerSecond.Should().BeApproximately(slope, tolerance);
        double start = (double)value - (slope * (double)time / TimeSpan.TicksPerSecond);
        double known = (tolerance * duration / TimeSpan.TicksPerSecond) + (Rounding * 100 * input.Magnitude);
        actual.At(new DateTimeOffset(all[0].Time, TimeSpan.Zero)).Should().BeApproximately(start, known);
    });

    [Test]
    public void Percentiles([Values(0.001, 0.01, 0.1)] double error)
    {
        double[] asked = [0, 1, 25, 50, 90, 99, 100];
        Equal(Aggregates.Percentiles<Sample>(sample => sample.Value, asked, error), (input, actual) =>
        {
            double[] values = [.. input.Kept.Select(sample => sample.Value).Order()];
            for (int i = 0; i < asked.Length; i++)
            {
                double exact = values[(int)(asked[i] / 100 * (values.Length - 1))];
                actual[i].Should().BeApproximately(exact, Math.Abs(exact) * error * (1 + 1e-9));
            }
        });
    }

    [Test]
    public void Distinct_count_of_few_items_is_exact() => Exact(
        Aggregates.DistinctCount<Sample, int>(sample => sample.Item), all => (long)all.Select(sample => sample.Item).Distinct().Count());

    [Test]
    public void Distinct_count_of_many_items_does_not_depend_on_the_order_and_keeps_its_bound()
    {
        // 64 registers: 13 % standard error. Five standard errors are exceeded once in millions.
        Property.Holds(random => AggregateCase.Create(random, random.Next(9, 300), items: 100_000), input =>
        {
            IReadOnlyList<long> results = input.Fold(Aggregates.DistinctCount<Sample, int>(sample => sample.Item, precision: 6));

            results.Distinct().Should().ContainSingle();
            int exact = input.Kept.Select(sample => sample.Item).Distinct().Count();
            ((double)results[0]).Should().BeApproximately(exact, 5 * 0.13 * exact);
        });
    }

    [Test]
    public void Most_frequent_items([Values(3, 100)] int counters) => Holds(
        Aggregates.MostFrequent<Sample, int>(sample => sample.Item, count: 3, counters),
        (input, actual) =>
        {
            Dictionary<int, int> counts = input.Kept.CountBy(sample => sample.Item).ToDictionary();
            long bound = input.Kept.Length / (counters + 1);
            foreach (Frequency<int> item in actual)
            {
                item.AtLeast.Should().BeLessThanOrEqualTo(counts[item.Item]);
                item.AtMost.Should().BeGreaterThanOrEqualTo(counts[item.Item]);
                (item.AtMost - item.AtLeast).Should().BeLessThanOrEqualTo(bound);
            }

            if (counts.Count <= counters)
            {
                actual.Select(item => (item.Item, (int)item.AtLeast)).Should().Equal(
                    counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(3).Select(pair => (pair.Key, pair.Value)));
            }

            if (counters == 3)
            {
                IEnumerable<int> frequent = counts.Where(pair => pair.Value > input.Kept.Length / 4).Select(pair => pair.Key);
                frequent.Except(actual.Select(item => item.Item)).Should().BeEmpty("an item that is more frequent than the bound is not missed");
            }
        });

    [Test]
    public void Top() => Holds(
        Aggregates.Top<Sample>(sample => sample.Item, 5),
        (input, actual) => actual.Should().Equal(input.Kept.OrderByDescending(sample => sample.Item).ThenBy(sample => sample.Time).Take(5)));

    [Test]
    public void Histogram()
    {
        double[] bounds = [-10, 0, 10, 50, 1e9];
        Holds(Aggregates.Histogram<Sample>(sample => sample.Value, bounds), (input, actual) =>
        {
            actual.Bounds.Should().Equal(bounds);
            actual.Counts.Should().Equal(Enumerable.Range(0, bounds.Length + 1).Select(bin => input.Kept.LongCount(sample =>
                (bin == 0 || sample.Value >= bounds[bin - 1]) && (bin == bounds.Length || sample.Value < bounds[bin]))));
        });
    }

    [Test]
    public void Functions([Values] bool merges, [Values] bool subtracts)
    {
        Func<long, long, long>? subtract = merges && subtracts ? (sum, other) => sum - other : null;
        Exact(
            Aggregates.From<Sample, long, long>(() => 0, (sum, sample) => sum + sample.Item, sum => sum, merges ? (sum, other) => sum + other : null, subtract),
            all => all.Sum(sample => (long)sample.Item));
    }

    [Test]
    public void Six_at_once() => Exact(
        Aggregates.Combine(
            Aggregates.Count<Sample>(),
            Aggregates.Sum<Sample, long>(sample => sample.Item),
            Aggregates.Sum<Sample, decimal>(sample => (decimal)sample.Value),
            Aggregates.Collect<Sample, int>(sample => sample.Item),
            Aggregates.Percentile<Sample>(sample => 1 + sample.Item, 50, 0.0001),
            Aggregates.Increase<Sample>(sample => sample.Item),
            (count, sum, values, items, median, increase) => $"{count} {sum} {values + 0.000m} {string.Join(',', items)} {Math.Round(median)} {increase}"),
        all =>
        {
            Sample[] inTime = InTime(all);
            return $"{all.Length} {all.Sum(sample => sample.Item)} {all.Sum(sample => (decimal)sample.Value) + 0.000m} "
                + $"{string.Join(',', inTime.Select(sample => sample.Item))} {1 + all.Select(sample => sample.Item).Order().ElementAt((all.Length - 1) / 2)} "
                + $"{inTime.Zip(inTime.Skip(1), (a, b) => b.Item < a.Item ? b.Item : b.Item - a.Item).Sum()}";
        });

    [Test]
    public void Two_of_different_kinds([Values] Kind first, [Values] Kind second)
    {
        Aggregation<Sample, string> both = Aggregates.Combine(OfKind(first), OfKind(second), (a, b) => $"{a} {b}");

        both.Accept(new KindOf()).Should().Be((Kind)Math.Min((int)first, (int)second));
        Exact(both, all => $"{all.Length} {all.Length}");
    }

    public enum Kind
    {
        Plain,
        Mergeable,
        Invertible,
    }

    private static Aggregation<Sample, long> OfKind(Kind kind) => Aggregates.From<Sample, long, long>(
        () => 0,
        (count, _) => count + 1,
        count => count,
        kind == Kind.Plain ? null : (count, other) => count + other,
        kind == Kind.Invertible ? (count, other) => count - other : null);

    private static void Exact<TOut>(Aggregation<Sample, TOut> aggregation, Func<Sample[], TOut> expected) =>
        Holds(aggregation, (input, actual) => actual.Should().Be(expected(input.Kept)));

    private static void Close(Aggregation<Sample, double> aggregation, Func<Sample[], double> expected, Func<AggregateCase, double> tolerance) =>
        Holds(aggregation, (input, actual) => BeClose(actual, expected(input.Kept), tolerance(input)));

    private static void BeClose(double actual, double expected, double tolerance)
    {
        if (double.IsNaN(expected))
        {
            actual.Should().Be(double.NaN);
        }
        else
        {
            actual.Should().BeApproximately(expected, tolerance);
        }
    }

    /// <summary>It holds, and all ways give the very same.</summary>
    private static void Equal(Aggregation<Sample, IReadOnlyList<double>> aggregation, Action<AggregateCase, IReadOnlyList<double>> check) =>
        Property.Holds(AggregateCase.Create, input =>
        {
            IReadOnlyList<IReadOnlyList<double>> results = input.Fold(aggregation);
            check(input, results[0]);
            foreach (IReadOnlyList<double> result in results)
            {
                result.Should().Equal(results[0]);
            }
        });

    private static void Holds<TOut>(Aggregation<Sample, TOut> aggregation, Action<AggregateCase, TOut> check) =>
        Property.Holds(AggregateCase.Create, input =>
        {
            foreach (TOut result in input.Fold(aggregation))
            {
                check(input, result);
            }
        });

    private static Sample[] InTime(Sample[] all) => [.. all.OrderBy(sample => sample.Time)];

    private static double Squares(Sample[] all)
    {
        decimal mean = all.Average(sample => (decimal)sample.Value);
        return (double)all.Sum(sample => ((decimal)sample.Value - mean) * ((decimal)sample.Value - mean));
    }

    /// <summary>Distances are rounded as the values are, and what was subtracted leaves the rounding of its squares behind.</summary>
    private static double OfVariance(AggregateCase input) =>
        Rounding * 20 * input.All.Count() * (input.Spread + 1) * (input.Magnitude + input.Spread);

    private static decimal Grown(Sample[] all)
    {
        decimal[] values = [.. InTime(all).Select(sample => (decimal)Math.Abs(sample.Value))];
        return values.Zip(values.Skip(1), (a, b) => b < a ? b : b - a).Sum();
    }

    private sealed class KindOf : IAggregationVisitor<Sample, string, Kind>
    {
        public Kind Visit<TAccumulator, TAggregate>(TAggregate aggregate)
            where TAggregate : struct, IAggregate<Sample, TAccumulator, string> => Kind.Plain;

        public Kind VisitMergeable<TAccumulator, TAggregate>(TAggregate aggregate)
            where TAggregate : struct, IMergeableAggregate<Sample, TAccumulator, string> => Kind.Mergeable;

        public Kind VisitInvertible<TAccumulator, TAggregate>(TAggregate aggregate)
            where TAggregate : struct, IInvertibleAggregate<Sample, TAccumulator, string> => Kind.Invertible;
    }
}
