using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Filters and maps, apart and together, over batches of all lengths in which some records fail in either.</summary>
[Parallelizable(ParallelScope.All)]
public class FilterProperties
{
    [Test]
    public void What_stays_is_mapped_and_keeps_its_time_and_headers([Values] bool together) => Property.Holds(
        random => new Case(random.Next(), random.Next(1, 400), random.Next(1, 300), random.Next(3), random.Next(2) == 0, random.Next(2) == 0),
        test => Check(test, together));

    private static void Check(Case test, bool together)
    {
        var random = new Random(test.Seed);
        Fate[] fates = [.. Enumerable.Range(0, test.Records).Select(_ => Draw(random, test.Failures))];
        var results = new CollectingSink<string>();
        var letters = new CollectingSink<DeadLetter>();
        var builder = new TopologyBuilder("t");
        DataStream<int> records = builder.From("source", Source(test));
        DataStream<int> kept = records.Where(
            value => fates[value] == Fate.FailsInFilter ? throw new FormatException() : fates[value] != Fate.Goes, ErrorPolicy.DeadLetter, "where");

        // A step between the two keeps them apart.
        DataStream<int> before = together ? kept : kept.Union(kept.Where(_ => false));
        before.Select(value => fates[value] == Fate.FailsInMap ? throw new FormatException() : $"{value}", ErrorPolicy.DeadLetter, "select")
            .To("results", results);
        builder.DeadLetters.To("letters", letters);

        IReadOnlyList<StepMetrics> metrics = builder.Build().Step(new JobOptions { Lanes = 1, BatchSize = test.BatchSize }, random, new Gate(random));

        int[] stays = [.. Enumerable.Range(0, test.Records).Where(value => fates[value] == Fate.Stays)];
        int[] failed = [.. Enumerable.Range(0, test.Records).Where(value => fates[value] is Fate.FailsInFilter or Fate.FailsInMap)];
        results.Values.Should().Equal(stays.Select(value => $"{value}"));
        letters.Values.Select(letter => ((int)letter.Element!, letter.Step)).Order()
            .Should().Equal(failed.Select(value => (value, fates[value] == Fate.FailsInMap ? "select" : "where")));
        StepMetrics where = metrics.Single(step => step.Step == "where");
        StepMetrics select = metrics.Single(step => step.Step == "select");
        (where.RecordsIn, where.RecordsOut).Should().Be((test.Records, fates.Count(fate => fate is Fate.Stays or Fate.FailsInMap)));
        (select.RecordsIn, select.RecordsOut).Should().Be((where.RecordsOut, stays.Length));
        if (test.HaveTimes)
        {
            results.Records.Select(record => record.Context.Timestamp.UtcTicks).Should().Equal(stays.Select(value => 1000L + value));
        }

        if (test.HaveHeaders)
        {
            results.Records.Select(record => record.Context.Headers.Text("id")).Should().Equal(stays.Select(value => $"{value}"));
            letters.Values.Select(letter => letter.Headers.Text("id")).Should().Equal(letters.Values.Select(letter => $"{letter.Element}"));
        }
    }

    private static ScriptedSource<int> Source(Case test)
    {
        int next = 0;
        return new ScriptedSource<int>(1, (batch, _, _) =>
        {
            for (; batch.Free > 0 && next < test.Records; next++)
            {
                RecordHeaders headers = test.HaveHeaders ? new RecordHeaders(new RecordHeader("id", $"{next}")) : RecordHeaders.Empty;
                if (test.HaveTimes)
                {
                    batch.Add(next, new DateTimeOffset(1000 + next, TimeSpan.Zero), headers);
                }
                else
                {
                    batch.Add(next, headers);
                }
            }

            return next == test.Records ? ReadStatus.Ended : ReadStatus.More;
        });
    }

    private static Fate Draw(Random random, int failures) => random.Next(20) switch
    {
        0 when failures > 0 => Fate.FailsInFilter,
        1 when failures > 1 => Fate.FailsInMap,
        < 6 => Fate.Goes,
        _ => Fate.Stays,
    };

    private enum Fate
    {
        Stays,
        Goes,
        FailsInFilter,
        FailsInMap,
    }

    private sealed record Case(int Seed, int Records, int BatchSize, int Failures, bool HaveTimes, bool HaveHeaders);
}
