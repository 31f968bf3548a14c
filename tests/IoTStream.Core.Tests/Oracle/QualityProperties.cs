using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Records held against rules, on random input against an oracle that looks at all records before.</summary>
[Parallelizable(ParallelScope.All)]
public class QualityProperties
{
    [Test]
    public void What_is_found_is_what_the_rules_say_of_a_record_and_those_before_it() => Property.Holds(
        Case.Create,
        test =>
        {
            var results = new CollectingSink<Checked<Reading>>();

            Run(test, keyed => keyed.Check("check", test.Rules).To("results", results));

            results.Values.OrderBy(found => found.Value.Id).Select(Text).Should().Equal(test.Expected().Select(Text));
        },
        test => test.Input.Shrink().Select(smaller => test with { Input = smaller }));

    [Test]
    public void What_is_bad_goes_where_the_policy_says_and_the_rest_stays_with_its_key() => Property.Holds(
        Case.Create,
        test =>
        {
            var results = new CollectingSink<Reading>();
            var letters = new CollectingSink<DeadLetter>();

            IReadOnlyList<StepMetrics> metrics = Run(
                test,
                keyed => keyed
                    .Validate("validate", test.Rules, test.Skips ? ErrorPolicy.Skip : ErrorPolicy.DeadLetter)
                    .Process<int, Reading>("still by key", () => 0, (ref int _, Reading reading, KeyedProcessContext<int, Reading> context) => context.Emit(reading))
                    .To("results", results),
                letters);

            ILookup<bool, Checked<Reading>> expected = test.Expected().ToLookup(found => found.Quality == Quality.Bad);
            results.Values.OrderBy(reading => reading.Id).Should().Equal(expected[false].Select(found => found.Value));
            letters.Values.OrderBy(letter => ((Reading)letter.Element!).Id)
                .Select(letter => ($"{letter.Element}", letter.Step, string.Join(',', ((BrokenRulesException)letter.Reason).BrokenRules)))
                .Should().Equal(test.Skips ? [] : expected[true].Select(found => ($"{found.Value}", "validate", string.Join(',', found.BrokenRules))));
            metrics.Where(step => step.Step == "validate").Sum(step => step.Dropped + step.DeadLetters).Should().Be(expected[true].Count());
        },
        test => test.Input.Shrink().Select(smaller => test with { Input = smaller }));

    private static string Text(Checked<Reading> found) => $"{found.Value} is {found.Quality}: {string.Join(", ", found.BrokenRules)}";

    private static IReadOnlyList<StepMetrics> Run(Case test, Action<KeyedStream<int, Reading>> step, CollectingSink<DeadLetter>? letters = null)
    {
        WindowCase input = test.Input;
        var random = new Random(input.Seed);
        var builder = new TopologyBuilder("quality");
        step(builder
            .From("source", new ArraySource<Reading>(input.Partitions, _ => random.Next(1, input.ReadSize + 1)))
            .WithEventTime(reading => reading.Timestamp, Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(input.Bound)))
            .KeyBy(reading => reading.Key));
        if (letters is not null)
        {
            builder.DeadLetters.To("letters", letters);
        }

        return builder.Build().Step(
            new JobOptions { Lanes = input.Lanes, BatchSize = input.BatchSize, ExchangeCapacity = input.ExchangeCapacity },
            new Random(input.Seed),
            new Gate(new Random(input.Seed)));
    }

    private sealed record Case(WindowCase Input, Quality Range, Quality Slope, Quality Counter, int Most, int Per, bool HasSequences, bool Skips)
    {
        public QualityRules<Reading> Rules
        {
            get
            {
                QualityRules<Reading> rules = QualityRules<Reading>.None
                    .InRange("range", reading => reading.Value, -5, 60, Range)
                    .That("id", reading => reading.Id % 7 != 3, Quality.Uncertain);
                return HasSequences
                    ? rules.RateOfChange("slope", Number, Most, TimeSpan.FromTicks(Per), Slope).MonotonicCounter("counter", Number, Counter)
                    : rules;
            }
        }

        public static Case Create(Random random) => new(
            WindowCase.Create(random, partitions: 1),
            Draw(random),
            Draw(random),
            Draw(random),
            random.Next(0, 20),
            random.Next(1, 30),
            random.Next(4) > 0,
            random.Next(3) == 0);

        public List<Checked<Reading>> Expected()
        {
            List<Checked<Reading>> all = [];
            foreach (Reading reading in Input.Readings)
            {
                List<(string Name, Quality Quality)> broken = [];
                if (reading.Value is < -5 or > 60)
                {
                    broken.Add(("range", Range));
                }

                if (reading.Id % 7 == 3)
                {
                    broken.Add(("id", Quality.Uncertain));
                }

                if (HasSequences && IsCompared(reading))
                {
                    Checked<Reading>[] before = [.. all.Where(found => found.Value.Key == reading.Key && IsCompared(found.Value))];
                    Reading? steady = Latest(before.Where(found => !found.BrokenRules.Contains("slope")));
                    if (steady is not null && Math.Abs(reading.Value - steady.Value) > (double)Most / Per * Math.Abs(reading.Time - steady.Time))
                    {
                        broken.Add(("slope", Slope));
                    }

                    Reading? latest = Latest(before);
                    if (latest is not null && (reading.Time >= latest.Time ? reading.Value < latest.Value : reading.Value > latest.Value))
                    {
                        broken.Add(("counter", Counter));
                    }
                }

                all.Add(new Checked<Reading>(
                    reading,
                    broken.Count == 0 ? Quality.Good : broken.Max(rule => rule.Quality),
                    [.. broken.Select(rule => rule.Name)]));
            }

            return all;
        }

        /// <summary>The one with the greatest timestamp, the last one of several.</summary>
        private static Reading? Latest(IEnumerable<Checked<Reading>> found) =>
            found.Select(one => one.Value).Aggregate(default(Reading), (latest, reading) => latest is null || reading.Time >= latest.Time ? reading : latest);

        private static Quality Draw(Random random) => random.Next(2) == 0 ? Quality.Bad : Quality.Uncertain;

        private static double? Number(Reading reading) => (reading.Id % 11) switch
        {
            5 => null,
            6 => double.NaN,
            _ => reading.Value,
        };

        private bool IsCompared(Reading reading) => Number(reading) is { } number && !double.IsNaN(number) && (Range != Quality.Bad || reading.Value is >= -5 and <= 60);
    }
}
