using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>An aggregate in two forms: as the engine computes it, and as anyone would from all records of a window in the order of their arrival.</summary>
internal sealed record Summary(string Name, Func<List<Reading>, string> Expected, Func<ISummaryVisitor, object> Accept)
{
    public static readonly Summary[] All =
    [
        Of("count", all => (long)all.Count, Aggregates.Count<Reading>()),
        Of("sum", all => all.Sum(reading => (long)reading.Value), Aggregates.Sum<Reading, long>(reading => reading.Value)),
        Of("min", all => all.Min(reading => reading.Value), Aggregates.Min<Reading, int>(reading => reading.Value)),
        Of("max", all => all.Max(reading => reading.Value), Aggregates.Max<Reading, int>(reading => reading.Value)),
        Of("mean", all => all.Average(reading => (double)reading.Value), Aggregates.Mean<Reading>(reading => reading.Value)),
        // These go by timestamps alone: which of several records with the same one arrives first is open if there are several partitions.
        Of("collect", all => string.Join(' ', all.Select(reading => reading.Time).Order()), Collected()),
        Of("increase", all => Increase([.. all.OrderBy(reading => reading.Time).Select(Counter)]), Aggregates.Increase<Reading>(Counter)),
        Of(
            "combined",
            all => $"{all.Min(reading => reading.Time)} {all.Count} {all.Select(reading => reading.Value).Distinct().Count()}",
            Aggregates.Combine(
                Aggregates.First<Reading, long>(reading => reading.Time),
                Aggregates.Count<Reading>(),
                Aggregates.DistinctCount<Reading, int>(reading => reading.Value),
                (first, count, distinct) => $"{first} {count} {distinct}")),
        Of("bag", all => string.Join(' ', all.Select(reading => reading.Id).Order()), Aggregates.FromMergeable<Reading, List<int>, string, Bag>()),
        Of(
            "sequence",
            all => string.Join(' ', all.Select(reading => reading.Id)),
            Aggregates.From<Reading, string, string>(() => "", (text, reading) => $"{text} {reading.Id}", text => text.TrimStart())),
    ];

    /// <summary>Those whose accumulators can be merged.</summary>
    public static readonly Summary[] Mergeable = Array.FindAll(All, summary => summary.Name != "sequence");

    public override string ToString() => Name;

    private static double Counter(Reading reading) => (ulong)reading.Time % 7;

    private static double Increase(double[] values) => values.Zip(values.Skip(1), (a, b) => b < a ? b : b - a).Sum();

    private static Aggregation<Reading, string> Collected() =>
        Aggregates.Combine(Aggregates.Collect<Reading, long>(reading => reading.Time), Aggregates.Count<Reading>(), (times, _) => string.Join(' ', times));

    private static Summary Of<TResult>(
        string name, Func<List<Reading>, TResult> expected, Aggregation<Reading, TResult> aggregation) => new(
            name,
            all => string.Create(CultureInfo.InvariantCulture, $"{expected(all)}"),
            visitor => visitor.Visit(aggregation));

    /// <summary>Keeps objects in its accumulators, so that one which is shared between windows by mistake shows.</summary>
    internal struct Bag : IMergeableAggregate<Reading, List<int>, string>
    {
        public readonly List<int> Create() => [];

        public readonly void Add(ref List<int> accumulator, Reading value, RecordContext context) => accumulator.Add(value.Id);

        public readonly void Merge(ref List<int> accumulator, in List<int> other) => accumulator.AddRange(other);

        public readonly string GetResult(in List<int> accumulator) => string.Join(' ', accumulator.Order());
    }
}

/// <summary>Takes an aggregation whatever the type of its result.</summary>
internal interface ISummaryVisitor
{
    object Visit<TResult>(Aggregation<Reading, TResult> aggregation);
}
