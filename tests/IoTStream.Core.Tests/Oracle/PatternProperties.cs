using IoTStream.Core.Tests.Support;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Random patterns over random records, against an oracle.</summary>
[Parallelizable(ParallelScope.All)]
public class PatternProperties
{
    [Test]
    public void Matches_are_what_the_definition_says() => Property.Holds(
        PatternCase.Create,
        input =>
        {
            ILookup<bool, Reading> byLateness = input.ByLateness();

            PatternRun run = PatternRun.Of(input);

            int found = 0;
            bool sides = input.SidesAreConsumed && input.Within is not null;
            foreach (int key in input.Readings.Select(reading => reading.Key).Distinct())
            {
                List<(bool TimedOut, string Text)> expected = PatternOracle.Compute(input, byLateness[false].Where(reading => reading.Key == key));
                run.Matches(key).Should().Equal(expected.Where(outcome => !outcome.TimedOut).Select(outcome => outcome.Text));
                run.TimedOut(key).Should().Equal(expected.Where(outcome => outcome.TimedOut && sides).Select(outcome => outcome.Text));
                found += expected.Count(outcome => !outcome.TimedOut);
            }

            int late = byLateness[true].Count();
            run.Late.Should().Equal(byLateness[true].Where(_ => sides).Select(reading => reading.Id).Order());
            StepMetrics metrics = run.Metrics.Of("pattern");
            (metrics.RecordsIn, metrics.RecordsOut, metrics.Late, metrics.Dropped, metrics.Errors)
                .Should().Be((input.Readings.Length, found, late, sides ? 0 : late, 0));
        },
        input => input.Shrink());
}
